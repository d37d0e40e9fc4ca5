import { Button, Group, Modal, Radio, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Backup, RecentProject } from '../../../shared/contract/project.ts';
import { client, newCommandId, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';

function BackupTable({
  backups,
  chosen,
  onChoose,
}: {
  readonly backups: readonly Backup[];
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const content = ({ images, labels }: Backup) =>
    images === null
      ? '–'
      : t('start.restore.contentText', {
          images: t('common.imageCount', { count: images }),
          labels: t('start.restore.labels', { count: labels ?? 0 }),
        });
  return (
    <Table fz="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('start.restore.taken')}</Table.Th>
          <Table.Th>{t('start.restore.content')}</Table.Th>
          <Table.Th>{t('start.restore.size')}</Table.Th>
          <Table.Th>{t('start.restore.verified')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {backups.map((backup) => (
          <Table.Tr key={backup.name}>
            <Table.Td>
              <Radio
                name="backup"
                size="sm"
                value={backup.name}
                label={formats.dateTime(backup.takenAt)}
                checked={backup.name === chosen}
                onChange={() => onChoose(backup.name)}
              />
            </Table.Td>
            <Table.Td>{content(backup)}</Table.Td>
            <Table.Td>{formats.bytes(backup.bytes)}</Table.Td>
            <Table.Td>
              {t(backup.verified ? 'start.restore.verifiedYes' : 'start.restore.verifiedNo')}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Backups({ project, onClose }: { readonly project: RecentProject; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const backups = useQuery(studio.projects.backups.queryOptions({ input: { grant: project.grant } }));
  const restore = useMutation({
    mutationFn: (backup: string) =>
      client.projects.restore({ commandId: newCommandId(), grant: project.grant, backup }),
    onSuccess: onClose,
    onError: showFailure,
  });
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('start.restore.why')}
      </Text>
      {backups.data?.length === 0 ? (
        <Text>{t('start.restore.empty')}</Text>
      ) : (
        <BackupTable backups={backups.data ?? []} chosen={chosen} onChoose={setChosen} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button
          disabled={chosen === null}
          loading={restore.isPending}
          onClick={() => chosen !== null && restore.mutate(chosen)}
        >
          {t('start.restore.submit')}
        </Button>
      </Group>
    </Stack>
  );
}

/** The backups of a project, and the way back to one of them. */
export function RestoreDialog({
  project,
  onClose,
}: {
  readonly project: RecentProject | null;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={project !== null}
      size="lg"
      title={t('start.restore.title', { name: project?.name ?? '' })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      onClose={onClose}
    >
      {project !== null && <Backups project={project} onClose={onClose} />}
    </Modal>
  );
}
