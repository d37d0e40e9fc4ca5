import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunResults, RunSummary } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { failureOf, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { useNavigation } from '../../app/navigation.tsx';
import { failureText } from '../../app/notices.tsx';
import { PrimaryAction } from '../../app/primary-slot.tsx';
import { LateLoader } from '../../ui/late-loader.tsx';
import { Mark } from '../../ui/mark.tsx';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { isActive, LearningCurves, LiveRun, useRun } from '../training/index.ts';
import { ClassTable } from './class-table.tsx';
import { Comparison } from './comparison.tsx';
import { ComputedBy } from './computed-by.tsx';
import { type CellPosition, ConfusionMatrix } from './confusion-matrix.tsx';
import { Headline } from './headline.tsx';
import { MistakeGrid, type OpenImages } from './mistakes.tsx';
import styles from './results.module.css';
import { RunActions } from './run-actions.tsx';
import { RunList } from './run-list.tsx';

function Folds({ results }: { readonly results: RunResults }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (results.perFold.length < 2) return null;
  return (
    <section aria-labelledby="folds-title">
      <Title order={2} id="folds-title">
        {t('results.folds.title')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t('results.folds.why')}
      </Text>
      <div className={styles.facts}>
        {results.perFold.map(({ fold, accuracy, images }) => (
          <span key={fold}>
            {t('results.folds.part', { number: fold + 1 })}: {formats.percent(accuracy, 1)} ·{' '}
            {t('common.imageCount', { count: images })}
          </span>
        ))}
      </div>
    </section>
  );
}

function CellImages({
  results,
  cell,
  onOpenImages,
}: {
  readonly results: RunResults;
  readonly cell: CellPosition;
  readonly onOpenImages: OpenImages;
}) {
  const { t } = useTranslation();
  const truth = results.classes[cell.truth];
  const answer = results.classes[cell.answer];
  const images = useQuery({
    ...studio.training.cell.queryOptions({
      input: {
        run: results.run.id,
        trueClass: truth?.classId ?? 0,
        predictedClass: answer?.classId ?? 0,
      },
    }),
    enabled: truth !== undefined && answer !== undefined,
  });
  if (images.data === undefined) return null;
  return (
    <MistakeGrid
      title={t('results.mistakes.inCell', {
        count: images.data.length,
        truth: truth?.name ?? '',
        answer: answer?.name ?? '',
      })}
      mistakes={images.data}
      results={results}
      onOpenImages={onOpenImages}
    />
  );
}

/** Two rows of pictures: what comes after them must be found. */
const FIRST_MISTAKES = 10;

function FinishedRun({
  run,
  runs,
  onOpenImages,
}: {
  readonly run: RunSummary;
  readonly runs: readonly RunSummary[];
  readonly onOpenImages: OpenImages;
}) {
  const { t } = useTranslation();
  const results = useQuery(studio.training.results.queryOptions({ input: { run: run.id } }));
  const snapshot = useRun(run.id);
  const [cell, setCell] = useState<CellPosition | null>(null);
  if (results.error) return <Text>{failureText(failureOf(results.error))}</Text>;
  if (results.data === undefined) return <LateLoader label={run.name} />;
  return (
    <div className={styles.sections}>
      <Headline results={results.data} />
      <div className={styles.pair}>
        <ConfusionMatrix results={results.data} selected={cell} onSelect={setCell} />
        <ClassTable results={results.data} />
      </div>
      {cell !== null && <CellImages results={results.data} cell={cell} onOpenImages={onOpenImages} />}
      <MistakeGrid
        title={t('results.mistakes.title')}
        why={t('results.mistakes.why')}
        mistakes={results.data.mistakes}
        most={FIRST_MISTAKES}
        results={results.data}
        onOpenImages={onOpenImages}
      />
      <Comparison run={run} runs={runs} />
      <Folds results={results.data} />
      {snapshot !== null && snapshot.epochs.length > 0 && (
        <LearningCurves epochs={snapshot.epochs} order={2} />
      )}
      <ComputedBy results={results.data} />
    </div>
  );
}

function UnfinishedRun({ run, onDone }: { readonly run: RunSummary; readonly onDone: () => void }) {
  const snapshot = useRun(run.id);
  return snapshot === null ? (
    <LateLoader label={run.name} />
  ) : (
    <LiveRun snapshot={snapshot} onResults={onDone} />
  );
}

function RunHeader({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const backbones = useQuery(studio.training.backbones.queryOptions()).data;
  // One of the person's own may have been removed since.
  const backbone = backbones?.find(({ id }) => id === run.backbone)?.name ?? run.backbone;
  return (
    <Group justify="space-between" align="start" mb="lg">
      <div>
        <Text size="sm" c="dimmed">
          {run.name} · {t(`results.strategy.${run.strategy}`)}
          {backbone !== null && ` · ${backbone}`}
          {run.seconds !== null &&
            ` · ${t('results.time', { date: formats.dateTime(run.createdAt), time: formats.duration(run.seconds) })}`}
        </Text>
      </div>
      {!isActive(run.state) && <RunActions run={run} />}
    </Group>
  );
}

/** The Results place: one training at a time, told from the honest number down to the single image. */
export function ResultsPlace({
  initialRun,
  onOpenImages,
}: {
  readonly initialRun: RunId | null;
  readonly onOpenImages: OpenImages;
}) {
  const { t } = useTranslation();
  const { go } = useNavigation();
  const runs = useQuery(studio.training.runs.queryOptions());
  const [chosen, setChosen] = useState<RunId | null>(initialRun);
  if (runs.data === undefined) return <LateLoader label={t('results.runs')} />;
  const run =
    runs.data.find(({ id }) => id === chosen) ??
    runs.data.find(({ state }) => state === 'done') ??
    runs.data[0];
  if (run === undefined) {
    return (
      <TeachingEmpty
        picture={<Mark size={72} />}
        title={t('results.empty.title')}
        text={t('results.empty.text')}
      >
        <Button onClick={() => go('train')}>{t('results.empty.go')}</Button>
      </TeachingEmpty>
    );
  }
  return (
    <div className={styles.place}>
      <RunList runs={runs.data} chosen={run.id} onChoose={setChosen} />
      <div className={styles.content}>
        <Stack gap={0}>
          <RunHeader run={run} />
          {run.state === 'done' ? (
            <FinishedRun key={run.id} run={run} runs={runs.data} onOpenImages={onOpenImages} />
          ) : (
            <UnfinishedRun key={run.id} run={run} onDone={() => setChosen(run.id)} />
          )}
        </Stack>
      </div>
      {run.hasModel && (
        <PrimaryAction>
          <Button onClick={() => go('use')}>{t('results.use')}</Button>
        </PrimaryAction>
      )}
    </div>
  );
}
