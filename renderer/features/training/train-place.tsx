import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { failureOf, newCommandId, studio } from '../../api/index.ts';
import { useNavigation } from '../../app/navigation.tsx';
import { failureText, showFailure } from '../../app/notices.tsx';
import { PrimaryAction } from '../../app/primary-slot.tsx';
import { LateLoader } from '../../ui/late-loader.tsx';
import { Mark } from '../../ui/mark.tsx';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { AugmentationSection } from './augmentation-section.tsx';
import { LayersPanel } from './layers-panel.tsx';
import { isActive, LiveRun } from './live-run.tsx';
import { PlanCard } from './plan-card.tsx';
import { RecipeEditor } from './recipe-editor.tsx';
import { Timeline } from './timeline.tsx';
import styles from './training.module.css';
import { type Plan, usePlan } from './use-plan.ts';
import { useRun } from './use-run.ts';

const nothingToTrainOn = new Set(['noImages', 'noLabels', 'noClasses']);

interface PreparationProps {
  readonly plan: Plan;
  /** Trainings made so far: the next one is named by its number. */
  readonly made: number;
  readonly onStarted: (run: RunId) => void;
}

function Preparation({ plan, made, onStarted }: PreparationProps) {
  const { t } = useTranslation();
  const start = useMutation({
    ...studio.training.start.mutationOptions(),
    onSuccess: (run) => onStarted(run.id),
    onError: showFailure,
  });
  const name = t('training.runName', { number: made + 1 });
  const isStopped = plan.recommendation.warnings.some(({ severity }) => severity === 'stop');
  return (
    <>
      <PrimaryAction>
        <Button
          disabled={isStopped}
          loading={start.isPending}
          onClick={() =>
            start.mutate({
              commandId: newCommandId(),
              recipe: plan.recipe,
              evaluation: plan.evaluation,
              ...(plan.executor !== null && { executor: plan.executor }),
              name,
            })
          }
        >
          {t('training.start')}
        </Button>
      </PrimaryAction>
      <div className={styles.columns}>
        <PlanCard plan={plan} />
        <LayersPanel plan={plan} />
        <div className={styles.wide}>
          <Timeline recipe={plan.recipe} blocks={plan.blocks} />
        </div>
        <div className={styles.wide}>
          <AugmentationSection plan={plan} />
        </div>
        <div className={styles.wide}>
          <Title order={3}>{t('training.numbers.title')}</Title>
          <RecipeEditor plan={plan} />
        </div>
      </div>
    </>
  );
}

function PreparePlace({ made, onStarted }: Omit<PreparationProps, 'plan'>) {
  const { t } = useTranslation();
  const { go } = useNavigation();
  const { plan, error } = usePlan();
  if (plan === null) {
    return error === null ? (
      <Group>
        <LateLoader label={t('training.reading')} />
        <Text c="dimmed">{t('training.reading')}</Text>
      </Group>
    ) : (
      <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} aria-hidden />}>
        {failureText(failureOf(error))}
      </Alert>
    );
  }
  if (plan.recommendation.warnings.some(({ code }) => nothingToTrainOn.has(code))) {
    return (
      <TeachingEmpty
        picture={<Mark size={72} />}
        title={t('training.empty.title')}
        text={t('training.empty.text')}
      >
        <Button onClick={() => go('label')}>{t('training.empty.go')}</Button>
      </TeachingEmpty>
    );
  }
  return <Preparation plan={plan} made={made} onStarted={onStarted} />;
}

/** A training that was cut off, most often with the studio: the newest thing that happened here, and the way on. */
function Interrupted({ run, onResumed }: { readonly run: RunSummary; readonly onResumed: () => void }) {
  const { t } = useTranslation();
  const resume = useMutation({
    ...studio.training.resume.mutationOptions(),
    onSuccess: onResumed,
    onError: showFailure,
  });
  return (
    <Alert
      color="yellow"
      variant="light"
      p="xs"
      w="100%"
      maw="84rem"
      mx="auto"
      // The column is as high as the place and what is below it higher: it must not be pressed flat.
      style={{ flexShrink: 0 }}
      icon={<IconAlertTriangle size={18} aria-hidden />}
    >
      <Group justify="space-between">
        <Text size="sm">{t('training.live.interruptedBefore', { name: run.name })}</Text>
        <Button
          variant="default"
          size="xs"
          loading={resume.isPending}
          onClick={() => resume.mutate({ commandId: newCommandId(), run: run.id })}
        >
          {t('training.live.continue')}
        </Button>
      </Group>
    </Alert>
  );
}

/** The Train place: the next training as sentence, drawing and numbers; a running one as it goes. */
export function TrainPlace({ onResults }: { readonly onResults: (run: RunId) => void }) {
  const { t } = useTranslation();
  const runs = useQuery(studio.training.runs.queryOptions());
  const running = runs.data?.find(({ state }) => isActive(state))?.id ?? null;
  const [followed, setFollowed] = useState<RunId | null>(null);
  const [isPreparing, setPreparing] = useState(false);
  // A run that is going when the place is opened is shown; when it ends, it stays on screen with its outcome.
  useEffect(() => {
    if (running !== null) setFollowed((current) => current ?? running);
  }, [running]);
  const snapshot = useRun(followed);
  const follow = (run: RunId) => {
    setFollowed(run);
    setPreparing(false);
  };
  const newest = runs.data?.[0];
  const showsRun = snapshot !== null && !isPreparing;
  return (
    <div className={styles.place}>
      {showsRun ? (
        <div className={styles.columns}>
          <div style={{ gridColumn: '1 / -1' }}>
            <LiveRun snapshot={snapshot} onResults={() => onResults(snapshot.run.id)} />
          </div>
          <PrimaryAction>
            <Button variant="default" onClick={() => setPreparing(true)}>
              {t('training.prepareAnother')}
            </Button>
          </PrimaryAction>
        </div>
      ) : (
        <Stack h="100%">
          {running !== null && (
            <Button variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => follow(running)}>
              {t('training.showRunning')}
            </Button>
          )}
          {newest?.state === 'interrupted' && newest.resumable && (
            <Interrupted run={newest} onResumed={() => follow(newest.id)} />
          )}
          <PreparePlace made={runs.data?.length ?? 0} onStarted={follow} />
        </Stack>
      )}
    </div>
  );
}
