import { Button, Stack, Text, Title } from '@mantine/core';
import { IconCertificate, IconFolder } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { exportResult, RunSummary } from '../../../shared/contract/training.ts';
import { client, newCommandId } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { Term } from '../../ui/term.tsx';
import { TaskNotes } from './task-notes.tsx';
import { TaskProgress } from './task-progress.tsx';
import styles from './use.module.css';
import { tasksByRun, useTaskState } from './use-task.ts';

type Result = z.infer<typeof exportResult>;
const taskOf = tasksByRun<Result>();

function Certificate({ result }: { readonly result: Result }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { certificate } = result;
  return (
    <div className={styles.certificate}>
      <IconCertificate size={28} aria-hidden />
      <Stack gap={4} align="start">
        <Text fw={600}>{t('use.export.certificate')}</Text>
        <Text size="sm">
          {t('use.export.passed', {
            count: certificate.images,
            diff: formats.measured(certificate.maxAbsDiff),
            agreement: formats.percent(certificate.top1Agreement, 1),
          })}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {certificate.file} ·{' '}
          {t('use.export.size', { bytes: formats.bytes(certificate.bytes), hash: certificate.sha256 })}
        </Text>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconFolder size={16} aria-hidden />}
          onClick={() => {
            client.system.reveal({ grant: result.file }).catch(showFailure);
          }}
        >
          {t('use.show')}
        </Button>
      </Stack>
    </div>
  );
}

/** The network as one file for other programs, with proof that it answers the same. */
export function ExportSection({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation();
  const task = taskOf(run.id);
  const { progress, result, notes } = useTaskState(task);
  const start = () =>
    void task.run(async (signal) => {
      const target = await client.system.pickSave({ purpose: 'onnx', suggestedName: `${run.name}.onnx` });
      if (target === null) return null;
      return client.training.exportOnnx(
        { commandId: newCommandId(), run: run.id, target: target.id },
        { signal },
      );
    });
  return (
    <section aria-labelledby="export-title">
      <Title order={2} id="export-title">
        {t('use.export.title')} <Term word={t('use.export.term')} why={t('use.export.termWhy')} />
      </Title>
      <Text c="dimmed" mb="sm">
        {t('use.export.text')}
      </Text>
      {progress === null ? (
        <Stack gap="md" align="start">
          <Button variant="default" onClick={start}>
            {t('use.export.go')}
          </Button>
          {result !== null && <Certificate result={result} />}
          <TaskNotes notes={notes} />
        </Stack>
      ) : (
        <TaskProgress task={task} label={t('use.export.running')} />
      )}
    </section>
  );
}
