import { Badge, Button, Group, Menu, Modal, Text, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconChevronDown,
  IconDoorExit,
  IconFolderPlus,
  IconFolderSearch,
  IconPencil,
  IconRefresh,
  IconStack2,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, newCommandId } from '../api/index.ts';
import { useActions, useLiveActions } from './actions/index.ts';
import { showFailure } from './notices.tsx';
import { useProject } from './session.tsx';

function RenameForm({ name, close }: { readonly name: string; readonly close: () => void }) {
  const { t } = useTranslation();
  const [value, setValue] = useState(name);
  const rename = useMutation({
    mutationFn: () => client.projects.rename({ commandId: newCommandId(), name: value }),
    onSuccess: close,
    onError: showFailure,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        data-autofocus
        label={t('common.name')}
        value={value}
        maxLength={200}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={rename.isPending} disabled={value.trim() === ''}>
          {t('common.rename')}
        </Button>
      </Group>
    </form>
  );
}

const menuActions = [
  { id: 'importImages', icon: IconFolderPlus },
  { id: 'recheckFiles', icon: IconRefresh },
  { id: 'relinkFolder', icon: IconFolderSearch },
  { id: 'setGroups', icon: IconStack2 },
] as const;

/** The project's name and what can be done with the project as a whole. */
export function ProjectMenu() {
  const { t } = useTranslation();
  const project = useProject();
  const live = useLiveActions();
  const [isRenaming, rename] = useDisclosure(false);
  const close = () => void client.projects.close().catch(showFailure);
  useActions([{ id: 'closeProject', run: close }]);
  return (
    <>
      <Menu position="bottom-start" width="20rem">
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            rightSection={<IconChevronDown size={16} aria-hidden />}
            aria-label={t('common.projectMenu', { name: project.name })}
          >
            <Text span fw={600} size="md" c="var(--mantine-color-text)" truncate maw="16rem">
              {project.name}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{project.location}</Menu.Label>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={rename.open}>
            {t('common.renameProject')}
          </Menu.Item>
          {menuActions.map(({ id, icon: Icon }) => {
            const action = live.find((candidate) => candidate.id === id);
            return action === undefined ? null : (
              <Menu.Item key={id} leftSection={<Icon size={16} aria-hidden />} onClick={action.run}>
                {t(`actions.title.${id}`)}
              </Menu.Item>
            );
          })}
          <Menu.Divider />
          <Menu.Item leftSection={<IconDoorExit size={16} aria-hidden />} onClick={close}>
            {t('actions.title.closeProject')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {project.readOnlyCopy && (
        <Tooltip label={project.location}>
          <Badge color="yellow" variant="light" tt="none">
            {t('common.readOnlyCopy')}
          </Badge>
        </Tooltip>
      )}
      <Modal opened={isRenaming} onClose={rename.close} title={t('common.renameProject')}>
        <RenameForm name={project.name} close={rename.close} />
      </Modal>
    </>
  );
}
