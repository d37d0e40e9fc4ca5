import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupRule } from '../../../shared/contract/images.ts';
import { client, newCommandId } from '../../api/index.ts';
import { useActions } from '../../app/actions/index.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';

/** Looking again at files and finding moved folders: the same from the menu, the palette and an image's notice. */
export function useFileCommands() {
  const { t } = useTranslation();
  const recheck = async () => {
    const found = await client.images.recheck();
    showNotice(t('images.rechecked', found), 'recheck');
  };
  const relink = async () => {
    const folder = await client.system.pickFolder({ purpose: 'images' });
    if (folder === null) return;
    const { relinked, stillMissing } = await client.images.relink({
      commandId: newCommandId(),
      folder: folder.id,
    });
    showNotice(t('images.relinked', { found: relinked, missing: stillMissing }), 'relink');
  };
  return {
    recheck: () => void recheck().catch(showFailure),
    relink: () => void relink().catch(showFailure),
  };
}

function GroupForm({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<GroupRule['kind']>('none');
  const [pattern, setPattern] = useState('');
  const save = useMutation({
    mutationFn: () =>
      client.images.setGroups({
        commandId: newCommandId(),
        rule: kind === 'pattern' ? { kind, pattern } : { kind },
      }),
    onSuccess: ({ groups, images }) => {
      close();
      showNotice(t('images.groups.done', { images: t('common.imageCount', { count: images }), groups }));
    },
    onError: showFailure,
  });
  const kinds = ['none', 'folder', 'pattern'] as const;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('images.groups.text')}
      </Text>
      <Radio.Group
        value={kind}
        aria-label={t('images.groups.title')}
        onChange={(value) => setKind(kinds.find((known) => known === value) ?? 'none')}
      >
        <Stack gap="sm">
          {kinds.map((value) => (
            <Radio key={value} value={value} label={t(`images.groups.${value}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {kind === 'pattern' && (
        <TextInput
          label={t('images.groups.patternLabel')}
          description={t('images.groups.patternExample')}
          value={pattern}
          maxLength={200}
          onChange={(event) => setPattern(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button
          loading={save.isPending}
          disabled={kind === 'pattern' && pattern === ''}
          onClick={() => save.mutate()}
        >
          {t('images.groups.submit')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Offers the work on the project's files as actions, with the dialog for groups. */
export function FileActions() {
  const { t } = useTranslation();
  const [isGrouping, grouping] = useDisclosure(false);
  const { recheck, relink } = useFileCommands();
  useActions([
    { id: 'recheckFiles', run: recheck },
    { id: 'relinkFolder', run: relink },
    { id: 'setGroups', run: grouping.open },
  ]);
  return (
    <Modal
      opened={isGrouping}
      onClose={grouping.close}
      title={t('images.groups.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <GroupForm close={grouping.close} />
    </Modal>
  );
}
