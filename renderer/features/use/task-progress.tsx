import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../app/language/use-formats.ts';
import { TaskNotes } from './task-notes.tsx';
import { type Task, useTaskState } from './use-task.ts';

/** How far a task is, how long it still takes, and the way to stop it. */
export function TaskProgress<Result>({
  task,
  label,
}: {
  readonly task: Task<Result>;
  readonly label: string;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { progress, notes } = useTaskState(task);
  if (progress === null) return null;
  const isCounted = progress.total > 0;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" role="status">
          {label}
          {isCounted && ` · ${formats.number(progress.done)} / ${formats.number(progress.total)}`}
          {progress.secondsLeft !== null &&
            ` · ${t('common.timeLeft', { time: `≈ ${formats.duration(progress.secondsLeft)}` })}`}
        </Text>
        <Button variant="default" size="xs" onClick={task.stop}>
          {t('use.stop')}
        </Button>
      </Group>
      <Progress
        aria-label={label}
        value={isCounted ? (100 * progress.done) / progress.total : 100}
        animated={!isCounted}
        transitionDuration={100}
      />
      <TaskNotes notes={notes} />
    </Stack>
  );
}
