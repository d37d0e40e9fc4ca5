import { Title } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackboneBlock, Recipe } from '../../../shared/contract/recipe.ts';
import { Term } from '../../ui/term.tsx';
import { blockName } from './block-name.ts';
import { blockRate, rateCurve } from './freezing.ts';
import styles from './training.module.css';

const points = 40;
const height = 28;

/** Path of a rate curve below a width, filled down to the baseline. */
function area(values: readonly number[], width: number, scale: number): string {
  const line = values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width;
      return `${x.toFixed(1)},${(height - value * scale * (height - 3)).toFixed(1)}`;
    })
    .join(' L');
  return `M0,${height} L${line} L${width},${height}Z`;
}

/** Blocks that share a rate are one row, so that sixteen blocks do not make sixteen rows. */
function rows(recipe: Recipe, blocks: readonly BackboneBlock[]): readonly (readonly string[])[] {
  const learning = blocks.filter((block) =>
    recipe.phases.some((phase) => phase.trainableBlocks.includes(block.id)),
  );
  return learning.length === 0 ? [] : [learning.map(({ id }) => id)];
}

/** When each part learns and how fast, one column a phase: the same truth as the sentence, drawn. */
export function Timeline({
  recipe,
  blocks,
}: {
  readonly recipe: Recipe;
  readonly blocks: readonly BackboneBlock[];
}) {
  const { t } = useTranslation();
  const groups = rows(recipe, blocks);
  const width = 300;
  return (
    <section aria-label={t('training.timeline.aria')}>
      <Title order={3}>
        {t('training.timeline.title')}{' '}
        <Term word={t('training.term.epoch')} why={t('training.term.epochWhy')} />{' '}
        <Term word={t('training.term.learningRate')} why={t('training.term.learningRateWhy')} />
      </Title>
      <div
        className={styles.timeline}
        style={{
          gridTemplateColumns: `minmax(6rem, auto) repeat(${recipe.phases.length}, minmax(0, 1fr))`,
        }}
      >
        <span />
        {recipe.phases.map((phase, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a phase is known by
          <span key={index} className={styles.timelineHead}>
            {t('training.timeline.phase', { number: index + 1 })} ·{' '}
            {t('training.timeline.epochs', { count: phase.epochs })}
          </span>
        ))}
        {groups.map((ids) => (
          <Fragment key={ids.join()}>
            <span className={styles.timelineName}>
              {ids.length === 1
                ? blockName(ids[0] ?? '', t)
                : `${blockName(ids[0] ?? '', t)} – ${blockName(ids.at(-1) ?? '', t)}`}
            </span>
            {recipe.phases.map((phase, index) => {
              const learns = ids.some((id) => phase.trainableBlocks.includes(id));
              const top = Math.max(...blocks.map((_, block) => blockRate(phase, blocks, block)), 0);
              return (
                <svg
                  // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a phase is known by
                  key={index}
                  className={styles.timelineCell}
                  viewBox={`0 0 ${width} ${height}`}
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  {learns ? (
                    <path
                      d={area(rateCurve(phase, points), width, Math.max(0.25, Math.sqrt(top)))}
                      className={styles.learningArea}
                    />
                  ) : (
                    <rect y={height - 6} width={width} height={6} className={styles.frozenArea} />
                  )}
                </svg>
              );
            })}
          </Fragment>
        ))}
        <span className={styles.timelineName}>{t('training.layers.head')}</span>
        {recipe.phases.map((phase, index) => (
          <svg
            // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a phase is known by
            key={index}
            className={styles.timelineCell}
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <path d={area(rateCurve(phase, points), width, 1)} className={styles.learningArea} />
          </svg>
        ))}
      </div>
    </section>
  );
}
