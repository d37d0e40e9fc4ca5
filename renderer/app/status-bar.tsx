import { Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCloudOff, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { studio } from '../api/index.ts';
import { runPart } from '../features/training/index.ts';
import { Computing } from './computing.tsx';
import { useFormats } from './language/use-formats.ts';
import { useNavigation } from './navigation.tsx';
import { useBridgeState, useProject } from './session.tsx';
import styles from './status-bar.module.css';
import { useSteps, useStepText } from './steps.tsx';
import { type RunningTraining, useRunningTraining } from './use-running-training.ts';

function Saved() {
  const { t } = useTranslation();
  const formats = useFormats();
  const project = useProject();
  const bridge = useBridgeState();
  const state = useQuery(studio.labels.state.queryOptions());
  if (bridge !== 'connected') return <span className={styles.warning}>{t(`common.status.${bridge}`)}</span>;
  const savedAt = state.data?.savedAt ?? project.savedAt;
  return (
    <span className={styles.item}>
      <IconCheck size={14} aria-hidden />
      {savedAt === null
        ? t('common.status.notYetSaved')
        : t('common.status.saved', { time: formats.time(savedAt) })}
    </span>
  );
}

function LastStepText() {
  const { t } = useTranslation();
  const { last, undo } = useSteps();
  const words = useStepText();
  const text = last === null ? '' : words(last.outcome);
  const sentence =
    last === null || last.kind === 'done'
      ? text.charAt(0).toUpperCase() + text.slice(1)
      : t(`common.${last.kind}`, { what: text });
  return (
    <span className={styles.item}>
      <span role="status" aria-live="polite">
        {sentence}
      </span>
      {last?.kind === 'done' && last.outcome.canUndo && (
        <Button variant="subtle" size="compact-xs" onClick={undo}>
          {t('common.status.undo')}
        </Button>
      )}
    </span>
  );
}

function Running({ run, snapshot }: RunningTraining) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { go } = useNavigation();
  const progress = snapshot?.progress ?? null;
  const isPaused = run.state === 'paused';
  const part = progress === null ? null : runPart(progress);
  return (
    <Tooltip label={t('common.status.showRun')}>
      <button type="button" className={styles.run} onClick={() => go('train')}>
        {isPaused ? (
          <IconPlayerPauseFilled size={12} aria-hidden />
        ) : (
          <IconPlayerPlayFilled size={12} aria-hidden />
        )}
        {t(isPaused ? 'common.status.paused' : 'common.status.running', { name: run.name })}
        {part !== null && <progress className={styles.progress} value={part} aria-hidden="true" />}
        {!isPaused &&
          typeof progress?.secondsLeft === 'number' &&
          t(progress.stage === 'features' ? 'common.describing' : 'common.timeLeft', {
            time: formats.duration(progress.secondsLeft),
          })}
      </button>
    </Tooltip>
  );
}

/** Always true, always there: saved when, how many images, what computes, that nothing leaves the machine. */
export function StatusBar() {
  const { t } = useTranslation();
  const project = useProject();
  const running = useRunningTraining();
  return (
    <footer className={styles.bar}>
      <Saved />
      <span className={styles.item}>{t('common.imageCount', { count: project.images })}</span>
      <LastStepText />
      <span className={styles.spring} />
      {running !== null && <Running {...running} />}
      <Computing loaded={running?.snapshot?.computing ?? null} />
      <Tooltip label={t('common.status.offlineWhy')}>
        <span className={styles.item}>
          <IconCloudOff size={14} aria-hidden />
          {t('common.status.offline')}
        </span>
      </Tooltip>
    </footer>
  );
}
