import { LineChart } from '@mantine/charts';
import { Group, Select, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EpochMetrics } from '../../../shared/contract/trainer.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import styles from './training.module.css';

const keyOf = (fold: number | null): string => (fold === null ? 'final' : fold.toString());

interface Series {
  readonly title: string;
  readonly train: (metrics: EpochMetrics) => number;
  readonly validation: (metrics: EpochMetrics) => number | null;
  readonly isShare: boolean;
}

function Curve({ series, epochs }: { readonly series: Series; readonly epochs: readonly EpochMetrics[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const learned = t('training.live.train');
  const isWatched = epochs.some((metrics) => series.validation(metrics) !== null);
  const watching = t('training.live.watching');
  const data = epochs.map((metrics, index) => ({
    epoch: index + 1,
    [learned]: series.train(metrics),
    [watching]: series.validation(metrics),
  }));
  const phaseStarts = epochs.flatMap((metrics, index) =>
    index > 0 && metrics.phase !== epochs[index - 1]?.phase ? [{ x: index + 1, color: 'gray.5' }] : [],
  );
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {series.title}
      </Text>
      <LineChart
        h={200}
        data={data}
        dataKey="epoch"
        curveType="linear"
        withDots={epochs.length < 3}
        strokeWidth={2}
        lineChartProps={{ accessibilityLayer: true }}
        lineProps={{ isAnimationActive: false }}
        referenceLines={phaseStarts}
        xAxisLabel={t('training.live.epochs')}
        // Not every epoch has room for its number; those that have stand at even distances.
        xAxisProps={{ interval: 'equidistantPreserveStart' }}
        yAxisProps={{ width: 44, domain: series.isShare ? [0, 1] : [0, 'auto'] }}
        valueFormatter={(value) => (series.isShare ? formats.percent(value) : formats.number(value, 3))}
        series={[
          { name: learned, color: 'var(--studio-learning)' },
          ...(isWatched ? [{ name: watching, color: 'var(--studio-frozen)', strokeDasharray: '6 3' }] : []),
        ]}
      />
    </div>
  );
}

/** What the two lines are, with the dash that tells them apart without colour; where there is one, why. */
function Legend({ isWatched }: { readonly isWatched: boolean }) {
  const { t } = useTranslation();
  if (!isWatched)
    return (
      <Text size="sm" c="dimmed" mb="xs">
        {t('training.live.nothingWatches')}
      </Text>
    );
  const line = (colour: string, dash?: string) => (
    <svg width="24" height="8" aria-hidden="true">
      <line x1="0" x2="24" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
    </svg>
  );
  return (
    <div className={styles.legend}>
      <span>
        {line('var(--studio-learning)')} {t('training.live.train')}
      </span>
      <span>
        {line('var(--studio-frozen)', '6 3')} {t('training.live.watching')}
      </span>
    </div>
  );
}

/** Says in words when the training images are answered much better than the part that watches. */
function Gap({ epochs }: { readonly epochs: readonly EpochMetrics[] }) {
  const { t } = useTranslation();
  const last = epochs.slice(-3);
  const gaps = last.map(({ trainAccuracy, validationAccuracy }) =>
    validationAccuracy === null ? 0 : trainAccuracy - validationAccuracy,
  );
  const smallest = Math.min(...gaps);
  if (last.length < 3 || smallest < 0.15) return null;
  return (
    <Text size="sm" c="var(--studio-warning)">
      {t('training.live.gap', { points: Math.round(smallest * 100) })}
    </Text>
  );
}

/** Learning curves of one training of the run: its error and its right answers, epoch by epoch. */
export function LearningCurves({
  epochs,
  order = 3,
}: {
  readonly epochs: readonly EpochMetrics[];
  /** Level of its heading among those around it. */
  readonly order?: 2 | 3;
}) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const folds = [...new Set(epochs.map(({ fold }) => keyOf(fold)))];
  const shown = chosen !== null && folds.includes(chosen) ? chosen : (folds.at(-1) ?? null);
  const ofFold = epochs.filter(({ fold }) => keyOf(fold) === shown);
  const series: readonly Series[] = [
    {
      title: t('training.live.loss'),
      train: ({ trainLoss }) => trainLoss,
      validation: ({ validationLoss }) => validationLoss,
      isShare: false,
    },
    {
      title: t('training.live.accuracy'),
      train: ({ trainAccuracy }) => trainAccuracy,
      validation: ({ validationAccuracy }) => validationAccuracy,
      isShare: true,
    },
  ];
  return (
    <section aria-label={t('training.live.curves')}>
      <Group justify="space-between" mb="xs">
        <Title order={order}>{t('training.live.curves')}</Title>
        {folds.length > 1 && (
          <Select
            size="xs"
            aria-label={t('training.live.curves')}
            allowDeselect={false}
            value={shown}
            onChange={setChosen}
            data={folds.map((value) => ({
              value,
              label:
                value === 'final'
                  ? t('training.live.finalModel')
                  : t('training.live.fold', { number: Number(value) + 1 }),
            }))}
          />
        )}
      </Group>
      {ofFold.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('training.live.noCurves')}
        </Text>
      ) : (
        <>
          <Legend isWatched={ofFold.some(({ validationLoss }) => validationLoss !== null)} />
          <div className={styles.charts}>
            {series.map((one) => (
              <Curve key={one.title} series={one} epochs={ofFold} />
            ))}
          </div>
          <Gap epochs={ofFold} />
        </>
      )}
    </section>
  );
}
