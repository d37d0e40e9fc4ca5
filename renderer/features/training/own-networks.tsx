import { ActionIcon, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackboneBlock, BackboneInfo } from '../../../shared/contract/recipe.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { studio } from '../../api/index.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { OwnNetworkDialog } from './own-network-dialog.tsx';

interface OwnNetworksProps {
  readonly backbones: readonly BackboneInfo[];
  readonly onChoose: (id: BackboneId, blocks: readonly Pick<BackboneBlock, 'id'>[]) => void;
  readonly onRemoved: (id: BackboneId) => void;
}

/** The way to a network of one's own, and the ones that are there, each with its way out. */
export function OwnNetworks({ backbones, onChoose, onRemoved }: OwnNetworksProps) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  const [leaving, setLeaving] = useState<BackboneInfo | null>(null);
  const own = backbones.filter(({ isOwn }) => isOwn);
  return (
    <Stack gap="xs" align="start">
      <Button variant="default" size="sm" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        {t('ownNetwork.use')}
      </Button>
      {own.length > 0 && (
        <div>
          <Text size="sm">{t('ownNetwork.yours')}</Text>
          <ul aria-label={t('ownNetwork.yours')} style={{ margin: 0, padding: 0, listStyle: 'none' }}>
            {own.map((backbone) => (
              <Group key={backbone.id} component="li" gap="xs">
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {backbone.name}
                </Text>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('ownNetwork.removeName', { name: backbone.name })}
                  onClick={() => setLeaving(backbone)}
                >
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              </Group>
            ))}
          </ul>
        </div>
      )}
      {isOpen && (
        <OwnNetworkDialog
          taken={backbones.map(({ id }) => id)}
          onTaken={(id, report) => onChoose(id as BackboneId, report.report.blocks)}
          onClose={close}
        />
      )}
      {leaving !== null && (
        <RemoveDialog
          backbone={leaving}
          onRemoved={() => onRemoved(leaving.id)}
          onClose={() => setLeaving(null)}
        />
      )}
    </Stack>
  );
}

function RemoveDialog({
  backbone,
  onRemoved,
  onClose,
}: {
  readonly backbone: BackboneInfo;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const runs = useQuery(studio.training.runs.queryOptions());
  const used = runs.data?.filter((run) => run.backbone === backbone.id).length ?? 0;
  const remove = useMutation({
    ...studio.training.removeBackbone.mutationOptions(),
    onSuccess: () => {
      onRemoved();
      showNotice(t('ownNetwork.removed', { name: backbone.name }));
      onClose();
      return queries.invalidateQueries({ queryKey: studio.training.backbones.key() });
    },
    onError: showFailure,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('ownNetwork.removeTitle', { name: backbone.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="xs">
        {used > 0 && <Text size="sm">{t('ownNetwork.removeUsed', { count: used })}</Text>}
        <Text size="sm">{t('ownNetwork.removeText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" data-autofocus onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ backbone: backbone.id })}
          >
            {t('common.remove')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
