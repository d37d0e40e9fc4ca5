import { ActionIcon, Button, Group, Menu, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconFileText, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../shared/contract/training.ts';
import { client, newCommandId } from '../../api/index.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';

async function saveReport(run: RunSummary, words: (name: string) => string): Promise<void> {
  const target = await client.system.pickSave({ purpose: 'report', suggestedName: `${run.name}.html` });
  if (target === null) return;
  const { file } = await client.training.report({ run: run.id, target: target.id });
  showNotice(words(target.name));
  await client.system.open({ grant: file });
}

function RenameDialog({ run, onClose }: { readonly run: RunSummary; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(run.name);
  const save = () => {
    client.training.rename({ commandId: newCommandId(), run: run.id, name }).then(onClose, showFailure);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('results.rename')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextInput
          data-autofocus
          label={t('common.name')}
          value={name}
          maxLength={200}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Group justify="flex-end" mt="md">
          <Button type="submit" disabled={name.trim() === ''}>
            {t('results.rename')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** What can be done with a run: a report to keep, another name, removing it. */
export function RunActions({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation();
  const [isRenaming, renaming] = useDisclosure(false);
  const [isRemoving, removing] = useDisclosure(false);
  const remove = () => {
    removing.close();
    client.training.remove({ commandId: newCommandId(), run: run.id }).catch(showFailure);
  };
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={<IconFileText size={16} aria-hidden />}
        onClick={() => {
          saveReport(run, (name) => t('results.reportSaved', { name })).catch(showFailure);
        }}
      >
        {t('results.report')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('common.more')}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={renaming.open}>
            {t('results.rename')}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={removing.open}>
            {t('results.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isRenaming && <RenameDialog run={run} onClose={renaming.close} />}
      <Modal
        opened={isRemoving}
        onClose={removing.close}
        title={t('results.removeTitle', { name: run.name })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{t('results.removeText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={removing.close}>
            {t('common.cancel')}
          </Button>
          <Button color="red" onClick={remove}>
            {t('common.remove')}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
