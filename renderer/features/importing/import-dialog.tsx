import { Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ImportReport } from '../../../shared/contract/images.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { type ImportState, useImporting } from './import-state.tsx';
import styles from './importing.module.css';
import { PlanView } from './plan-view.tsx';
import { ProblemList } from './problem-list.tsx';

function Running({ progress }: Pick<Extract<ImportState, { readonly step: 'running' }>, 'progress'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { stop, show } = useImporting();
  const phase = progress?.phase ?? 'listing';
  const total = progress?.total ?? 0;
  const percent = total > 0 ? (100 * (progress?.done ?? 0)) / total : 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>{t(`importing.phase.${phase}`)}</Text>
        <Text size="sm" c="dimmed">
          {typeof progress?.secondsLeft === 'number' &&
            t('common.timeLeft', { time: formats.duration(progress.secondsLeft) })}
        </Text>
      </Group>
      <Progress value={percent} aria-label={t(`importing.phase.${phase}`)} />
      <Text size="sm" c="dimmed">
        {total > 0 &&
          t('importing.progress', {
            done: formats.number(progress?.done ?? 0),
            total: formats.number(total),
          })}
      </Text>
      <Group justify="flex-end" className={styles.footer}>
        <Text size="xs" c="dimmed" mr="auto">
          {t('importing.stopWhy')}
        </Text>
        <Button variant="default" onClick={stop}>
          {t('importing.stop')}
        </Button>
        <Button onClick={() => show(false)}>{t('importing.goOn')}</Button>
      </Group>
    </Stack>
  );
}

function Report({ report }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { finish } = useImporting();
  return (
    <Stack gap="md">
      <Group gap="sm" wrap="nowrap">
        <IconCircleCheck size={32} color="var(--studio-accent)" aria-hidden />
        <div>
          <Text size="lg" fw={600}>
            {t('importing.doneTitle', { count: report.imported })}
          </Text>
          <Text size="sm" c="dimmed">
            {[
              t('importing.labeled', { count: report.labeled }),
              report.alreadyThere > 0 ? t('importing.already', { count: report.alreadyThere }) : null,
              t('importing.seconds', { time: formats.duration(report.seconds) }),
            ]
              .filter((part) => part !== null)
              .join(' · ')}
          </Text>
        </div>
      </Group>
      {report.duplicateFiles > 0 && (
        <Text size="sm">{t('importing.duplicates', { count: report.duplicateFiles })}</Text>
      )}
      <ProblemList title={t('importing.failed', { count: report.failed.length })} problems={report.failed} />
      <ProblemList
        title={t('importing.rowProblems', { count: report.unmatchedRows.length })}
        problems={report.unmatchedRows}
      />
      <Group justify="flex-end" className={styles.footer}>
        <Button onClick={finish} data-autofocus>
          {t('importing.finish')}
        </Button>
      </Group>
    </Stack>
  );
}

function Stopped() {
  const { t } = useTranslation();
  const { finish } = useImporting();
  return (
    <Stack>
      <Text>{t('importing.stopped')}</Text>
      <Group justify="flex-end">
        <Button onClick={finish}>{t('common.close')}</Button>
      </Group>
    </Stack>
  );
}

/** The import from the first look to the report. */
export function ImportDialog() {
  const { t } = useTranslation();
  const { state, isShown, show, finish } = useImporting();
  if (state.step === 'none') return null;
  return (
    <Modal
      opened={isShown}
      size="lg"
      title={`${t('importing.title')} · ${state.source.name}`}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      closeOnClickOutside={state.step !== 'planning'}
      onClose={state.step === 'running' ? () => show(false) : finish}
    >
      {state.step === 'planning' && <PlanView key={state.source.id} source={state.source} />}
      {state.step === 'running' && <Running progress={state.progress} />}
      {state.step === 'done' && <Report report={state.report} />}
      {state.step === 'stopped' && <Stopped />}
    </Modal>
  );
}
