import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconFolder, IconTable } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { predictResult, RunSummary } from '../../../shared/contract/training.ts';
import { client, newCommandId } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { ProblemList } from '../importing/index.ts';
import { TaskNotes } from './task-notes.tsx';
import { TaskProgress } from './task-progress.tsx';
import { tasksByRun, useTaskState } from './use-task.ts';

type Result = z.infer<typeof predictResult>;
const taskOf = tasksByRun<Result>();

function Outcome({ result }: { readonly result: Result }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <Stack gap="xs">
      <Text>{t('use.predict.done', { count: result.images, time: formats.duration(result.seconds) })}</Text>
      <Group gap="md">
        {result.byClass.map(({ name, images }) => (
          <Text key={name} size="sm">
            {name}: {formats.number(images)}
          </Text>
        ))}
      </Group>
      <ProblemList
        title={t('use.predict.failed', { count: result.failed.length })}
        problems={result.failed}
      />
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconTable size={16} aria-hidden />}
          onClick={() => {
            client.system.open({ grant: result.csv }).catch(showFailure);
          }}
        >
          {t('use.open')}
        </Button>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconFolder size={16} aria-hidden />}
          onClick={() => {
            client.system.reveal({ grant: result.csv }).catch(showFailure);
          }}
        >
          {t('use.show')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Whole folders into a table: every image with its class and how sure the network is. */
export function PredictSection({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation();
  const task = taskOf(run.id);
  const { progress, result, notes } = useTaskState(task);
  const start = () =>
    void task.run(async (signal) => {
      const source = await client.system.pickFolder({ purpose: 'predict' });
      if (source === null) return null;
      const suggestedName = t('use.csvName', { name: source.name });
      const target = await client.system.pickSave({ purpose: 'csv', suggestedName });
      if (target === null) return null;
      const input = { commandId: newCommandId(), run: run.id, source: source.id, target: target.id };
      return client.training.predict(input, { signal });
    });
  return (
    <section aria-labelledby="predict-title">
      <Title order={2} id="predict-title">
        {t('use.predict.title')}
      </Title>
      <Text c="dimmed" mb="sm">
        {t('use.predict.text')}
      </Text>
      {progress === null ? (
        <Stack gap="md" align="start">
          <Button onClick={start}>{t(result === null ? 'use.predict.go' : 'use.predict.again')}</Button>
          {result !== null && <Outcome result={result} />}
          <TaskNotes notes={notes} />
        </Stack>
      ) : (
        <TaskProgress task={task} label={t('use.predict.running')} />
      )}
    </section>
  );
}
