import { Alert, Button, Group, Modal, Progress, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { TrainerProgress } from '../../../shared/contract/trainer.ts';
import type { RunSnapshot } from '../../../shared/contract/training.ts';
import { asErrorCode, client, newCommandId, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { failureText, showFailure } from '../../app/notices.tsx';
import { LearningCurves } from './curves.tsx';
import { LiveLayers } from './layers-panel.tsx';
import { logLineText } from './log-line.ts';
import { runPart } from './run-part.ts';
import styles from './training.module.css';

function ProgressFacts({ progress }: { readonly progress: TrainerProgress }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { stage, done, total, phase, phases } = progress;
  const rateOf = (rate: number) => formats.number(rate, rate < 10 ? 1 : 0);
  // What serves all of the run's trainings belongs to none of them.
  if (stage === 'preparing') return null;
  if (stage === 'features')
    return (
      <div className={styles.facts}>
        {total > 0 && <span>{t('training.live.described', { done, total })}</span>}
        {progress.imagesPerSecond !== null && (
          <span>{t('training.live.rate', { rate: rateOf(progress.imagesPerSecond) })}</span>
        )}
        {progress.secondsLeft !== null && (
          <span>
            {t('training.live.leftToDescribe', { time: `≈ ${formats.duration(progress.secondsLeft)}` })}
          </span>
        )}
      </div>
    );
  return (
    <div className={styles.facts}>
      <span>
        {t('training.live.model', {
          model: Math.min(progress.model + 1, progress.models),
          models: progress.models,
        })}
        {progress.fold === null && ` · ${t('training.live.final')}`}
      </span>
      {stage === 'training' && (
        <>
          {phases > 1 && <span>{t('training.live.phase', { phase: phase + 1, phases })}</span>}
          <span>
            {t('training.live.epoch', {
              epoch: Math.min(progress.epoch + 1, progress.epochs),
              epochs: progress.epochs,
            })}
          </span>
        </>
      )}
      {progress.imagesPerSecond !== null && (
        <span>{t('training.live.rate', { rate: rateOf(progress.imagesPerSecond) })}</span>
      )}
      {progress.secondsLeft !== null && (
        <span>{t('training.live.left', { time: `≈ ${formats.duration(progress.secondsLeft)}` })}</span>
      )}
    </div>
  );
}

/** Failures of what computes, after which the reference can go on: every computer has it. */
const onProcessor: ReadonlySet<string> = new Set(['DEVICE_LOST', 'EXECUTOR_UNAVAILABLE']);

function Controls({ snapshot }: { readonly snapshot: RunSnapshot }) {
  const { t } = useTranslation();
  const [isAsking, { open, close }] = useDisclosure(false);
  const { run } = snapshot;
  const control = (action: 'pause' | 'resume' | 'cancel') => {
    close();
    client.training.control({ run: run.id, action }).catch(showFailure);
  };
  return (
    <Group gap="sm">
      {run.state === 'paused' ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => control('resume')}
        >
          {t('training.live.resume')}
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          disabled={run.state !== 'running'}
          onClick={() => control('pause')}
        >
          {t('training.live.pause')}
        </Button>
      )}
      <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={open}>
        {t('training.live.cancel')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={close}
        title={t('training.live.cancelTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{t('training.live.cancelText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            {t('training.live.keep')}
          </Button>
          <Button color="red" onClick={() => control('cancel')}>
            {t('training.live.cancel')}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}

/** How a run that is over ended, and the way on. */
function Ended({ snapshot, onResults }: { readonly snapshot: RunSnapshot; readonly onResults: () => void }) {
  const { t } = useTranslation();
  const { run } = snapshot;
  if (run.state === 'done') {
    return (
      <Group justify="space-between">
        <Text fw={600}>{t('training.live.done')}</Text>
        <Button onClick={onResults}>{t('training.live.see')}</Button>
      </Group>
    );
  }
  const code = run.error === null ? null : asErrorCode(run.error.code);
  const goOn = (executor?: 'onnx') => {
    const request = { commandId: newCommandId(), run: run.id, ...(executor && { executor }) };
    client.training.resume(request).catch(showFailure);
  };
  const text =
    run.state === 'failed' && run.error !== null
      ? failureText({
          code: code ?? 'INTERNAL',
          params: run.error.params,
          message: run.error.message,
          causeId: null,
        })
      : t(run.state === 'cancelled' ? 'training.live.cancelled' : 'training.live.interrupted');
  return (
    <Alert
      color={run.state === 'failed' ? 'red' : 'yellow'}
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={run.state === 'failed' ? t('training.live.failed') : undefined}
    >
      <Text size="sm">{text}</Text>
      {run.resumable && (
        <Group mt="sm" gap="sm">
          <Button variant="default" onClick={() => goOn()}>
            {t('training.live.continue')}
          </Button>
          {code !== null && onProcessor.has(code) && (
            <Button variant="default" onClick={() => goOn('onnx')}>
              {t('training.live.continueOnProcessor')}
            </Button>
          )}
        </Group>
      )}
    </Alert>
  );
}

function Log({ snapshot }: { readonly snapshot: RunSnapshot }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (snapshot.log.length === 0) return null;
  return (
    <section>
      <Title order={3}>{t('training.live.log')}</Title>
      <ul className={styles.log}>
        {snapshot.log.map((line, index) => (
          <li key={`${line.at}-${index.toString()}`}>
            <time>{formats.time(line.at)}</time>
            <span>{logLineText(line, formats)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const active = new Set(['waiting', 'running', 'paused']);

/** Whether a run still has something to do. */
export function isActive(state: string): boolean {
  return active.has(state);
}

/** A run as it goes: stage, time left, curves, log; pause and cancel. */
export function LiveRun({
  snapshot,
  onResults,
}: {
  readonly snapshot: RunSnapshot;
  readonly onResults: () => void;
}) {
  const { t } = useTranslation();
  const { run, progress } = snapshot;
  const isLive = isActive(run.state);
  const backbones = useQuery({
    ...studio.training.backbones.queryOptions(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const blocks = backbones.data?.find(({ id }) => id === run.backbone)?.blocks ?? [];
  const part = progress === null ? null : runPart(progress);
  const stage =
    progress === null ? t('training.live.stage.preparing') : t(`training.live.stage.${progress.stage}`);
  const words =
    run.state === 'waiting'
      ? t('training.live.waiting')
      : run.state === 'paused'
        ? t('training.live.paused')
        : stage;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="start">
        <Title order={2}>{run.name}</Title>
        {isLive && <Controls snapshot={snapshot} />}
      </Group>
      {isLive ? (
        <div className={styles.progress}>
          <Text fw={600} role="status" aria-live="polite">
            {words}
          </Text>
          <Progress
            aria-label={words}
            value={part === null ? 100 : 100 * part}
            animated={part === null && run.state === 'running'}
            transitionDuration={100}
          />
          {progress !== null && <ProgressFacts progress={progress} />}
        </div>
      ) : (
        <Ended snapshot={snapshot} onResults={onResults} />
      )}
      <div className={blocks.length > 0 && isLive ? styles.live : undefined}>
        <LearningCurves epochs={snapshot.epochs} />
        {blocks.length > 0 && isLive && (
          <LiveLayers
            blocks={blocks}
            learning={progress?.trainableBlocks ?? []}
            isHeadLearning={progress?.stage === 'training'}
          />
        )}
      </div>
      <Log snapshot={snapshot} />
    </Stack>
  );
}
