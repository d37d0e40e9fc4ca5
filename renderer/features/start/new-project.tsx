import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconFolder, IconPhoto } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grant, Task } from '../../../shared/contract/project.ts';
import { client, failureOf, newCommandId } from '../../api/index.ts';
import { failureText, showFailure } from '../../app/notices.tsx';
import { useSession } from '../../app/session.tsx';

interface NewProjectProps {
  readonly isOpen: boolean;
  /** Images that were dropped and wait to be imported into the new project. */
  readonly source: Grant | null;
  readonly onClose: () => void;
}

const tasks = ['singleLabel', 'multiLabel'] as const satisfies readonly Task[];

function Where({
  folder,
  onFolder,
}: {
  readonly folder: Grant | null;
  readonly onFolder: (folder: Grant) => void;
}) {
  const { t } = useTranslation();
  const choose = async () => {
    const chosen = await client.system.pickFolder({ purpose: 'newProject' });
    if (chosen !== null) onFolder(chosen);
  };
  return (
    <div>
      <Text size="sm" fw={600}>
        {t('start.create.where')}
      </Text>
      <Group justify="space-between" gap="sm" mt={4}>
        <Group gap="xs">
          <IconFolder size={18} aria-hidden />
          <Text size="sm">{folder?.name ?? t('start.create.documents')}</Text>
        </Group>
        <Button variant="default" size="xs" onClick={() => void choose().catch(showFailure)}>
          {t('start.create.choose')}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t('start.create.whereWhy')}
      </Text>
    </div>
  );
}

interface FormProps extends Pick<NewProjectProps, 'source'> {
  readonly onCreated: () => void;
  readonly onCancel: () => void;
}

function Form({ source, onCreated, onCancel }: FormProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(source?.kind === 'folder' ? source.name : '');
  const [task, setTask] = useState<Task>('singleLabel');
  const [folder, setFolder] = useState<Grant | null>(null);
  const create = useMutation({
    mutationFn: () =>
      client.projects.create({ commandId: newCommandId(), name, task, folder: folder?.id ?? null }),
    onSuccess: onCreated,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          label={t('start.create.name')}
          placeholder={t('start.create.namePlaceholder')}
          value={name}
          maxLength={200}
          error={create.error === null ? null : failureText(failureOf(create.error))}
          onChange={(event) => {
            create.reset();
            setName(event.currentTarget.value);
          }}
        />
        <Radio.Group
          label={t('start.create.task')}
          value={task}
          onChange={(value) => setTask(tasks.find((known) => known === value) ?? 'singleLabel')}
        >
          <Stack gap="sm" mt="xs">
            {tasks.map((value) => (
              <Radio
                key={value}
                value={value}
                label={t(`start.create.${value}`)}
                description={t(`start.create.${value}What`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Where folder={folder} onFolder={setFolder} />
        {source !== null && (
          <Group gap="xs">
            <IconPhoto size={18} aria-hidden />
            <Text size="sm">{t('start.create.images', { name: source.name })}</Text>
          </Group>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            {t('start.create.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Name, what to do, where to keep it: all that a project needs. */
export function NewProjectDialog({ isOpen, source, onClose }: NewProjectProps) {
  const { t } = useTranslation();
  const { takeDropped } = useSession();
  // What was dropped is imported once the project is there; without a project it is forgotten.
  const cancel = () => {
    takeDropped();
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      title={t('start.create.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      onClose={cancel}
    >
      <Form source={source} onCreated={onClose} onCancel={cancel} />
    </Modal>
  );
}
