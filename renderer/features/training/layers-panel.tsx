import { Group, Slider, Stack, Text, Title, Tooltip, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { BackboneBlock } from '../../../shared/contract/recipe.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { Term } from '../../ui/term.tsx';
import { blockName } from './block-name.ts';
import { blockRate, firstTrainable, freezingPhase, learningShare, withFirstTrainable } from './freezing.ts';
import { FrozenMark, LearningMark } from './marks.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** One layer of the drawing, frozen or learning; its bar is its share of the parameters on a logarithmic scale. */
function LayerRow({
  name,
  heading = '',
  detail,
  isLearning,
  width,
  rate,
  onPress,
  action,
}: {
  readonly name: string;
  /** What this and the following layers see, where that begins. */
  readonly heading?: string;
  readonly detail: string;
  readonly isLearning: boolean;
  readonly width: number;
  readonly rate: string;
  readonly onPress?: (() => void) | undefined;
  /** What a press does, and how large the layer is. */
  readonly action?: string | undefined;
}) {
  const { t } = useTranslation();
  const row = (
    <>
      {isLearning ? <LearningMark /> : <FrozenMark />}
      <span className={styles.layerName}>{name}</span>
      <span className={styles.layerHeading}>{heading}</span>
      <span className={styles.layerDetail}>{detail}</span>
      <span className={styles.layerBarTrack}>
        <span
          className={styles.layerBar}
          data-learning={isLearning || undefined}
          style={{ width: `${width * 100}%` }}
        />
      </span>
      <span className={styles.layerRate}>{rate}</span>
    </>
  );
  if (onPress === undefined) return <div className={styles.layer}>{row}</div>;
  return (
    <Tooltip label={action} position="left" multiline maw="20rem">
      <UnstyledButton
        className={styles.layer}
        role="switch"
        aria-checked={isLearning}
        aria-label={t('training.layers.switch', { name })}
        aria-description={action}
        onClick={onPress}
      >
        {row}
      </UnstyledButton>
    </Tooltip>
  );
}

const levelHeading = (blocks: readonly BackboneBlock[], index: number): boolean =>
  blocks[index]?.level !== blocks[index - 1]?.level;

/** Bars that let 800 and 3,000,000 parameters be seen side by side. */
function barWidth(parameters: number, blocks: readonly BackboneBlock[]): number {
  const largest = Math.max(...blocks.map((block) => block.parameters), 10);
  return Math.log10(Math.max(parameters, 1)) / Math.log10(largest);
}

function useCompact(): (value: number) => string {
  const { i18n } = useTranslation();
  const format = new Intl.NumberFormat(i18n.language, { notation: 'compact', maximumSignificantDigits: 3 });
  return (value) => format.format(value);
}

/** The same drawing while a run goes: frozen blocks stay still and blue, learning ones glow. */
export function LiveLayers({
  blocks,
  learning,
  isHeadLearning,
}: {
  readonly blocks: readonly BackboneBlock[];
  readonly learning: readonly string[];
  readonly isHeadLearning: boolean;
}) {
  const { t } = useTranslation();
  const compact = useCompact();
  return (
    <section aria-labelledby="live-layers">
      <Title order={3} id="live-layers" mb="xs">
        {t('training.layers.title')}
      </Title>
      <div className={styles.layers}>
        {blocks.map((block, index) => (
          <LayerRow
            key={block.id}
            name={blockName(block.id, t)}
            heading={levelHeading(blocks, index) ? t(`training.layers.level.${block.level}`) : ''}
            detail={compact(block.parameters)}
            isLearning={learning.includes(block.id)}
            width={barWidth(block.parameters, blocks)}
            rate=""
          />
        ))}
        <LayerRow
          name={t('training.layers.head')}
          detail=""
          isLearning={isHeadLearning}
          width={0.35}
          rate=""
        />
      </div>
    </section>
  );
}

/** The network from the input to the head: which blocks stay as they are, which learn and how fast. */
export function LayersPanel({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { blocks, recipe } = plan;
  const first = firstTrainable(recipe, blocks);
  const phase = freezingPhase(recipe);
  const template = plan.recommendation.recipe.phases.findLast(({ name }) => name === 'fineTuning') ?? null;
  const setFirst = (next: number) => plan.edit(withFirstTrainable(recipe, blocks, next, template));
  const compact = useCompact();
  if (blocks.length === 0) {
    return (
      <Stack gap="sm">
        <Title order={2}>{t('training.layers.title')}</Title>
        <Text size="sm" c="dimmed">
          {t('training.layers.scratch')}
        </Text>
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Title order={2}>
        {t('training.layers.title')}{' '}
        <Term word={t('training.term.backbone')} why={t('training.term.backboneWhy')} />{' '}
        <Term word={t('training.term.frozen')} why={t('training.term.frozenWhy')} />
      </Title>
      <div className={styles.layers}>
        {blocks.map((block, index) => {
          const isLearning = index >= first;
          const rate = phase === null ? 0 : blockRate(phase, blocks, index);
          const name = blockName(block.id, t);
          const parameters = compact(block.parameters);
          return (
            <LayerRow
              key={block.id}
              name={name}
              heading={levelHeading(blocks, index) ? t(`training.layers.level.${block.level}`) : ''}
              detail={parameters}
              isLearning={isLearning}
              width={barWidth(block.parameters, blocks)}
              rate={isLearning ? t('training.layers.rate', { value: formats.number(rate, 4) }) : ''}
              onPress={() => setFirst(isLearning ? index + 1 : index)}
              action={`${t('training.layers.parameters', { count: parameters })}. ${t(isLearning ? 'training.layers.freeze' : 'training.layers.freezeBelow', { name })}`}
            />
          );
        })}
        <LayerRow
          name={t('training.layers.head')}
          detail=""
          isLearning
          width={0.35}
          rate={t('training.layers.rate', { value: formats.number(1) })}
        />
      </div>
      <div>
        <Text size="sm" id="how-much-learns">
          {t('training.layers.howMuch')}
        </Text>
        <Slider
          aria-labelledby="how-much-learns"
          min={0}
          max={blocks.length}
          step={1}
          value={blocks.length - first}
          onChange={(count) => setFirst(blocks.length - count)}
          label={null}
          thumbLabel={t('training.layers.howMuch')}
          marks={[{ value: 0 }, { value: blocks.length }]}
          mx="sm"
          mb="xl"
        />
        <Group justify="space-between" mt={-24} mb="xs">
          <Text size="xs" c="dimmed">
            {t('training.layers.nothingBut')}
          </Text>
          <Text size="xs" c="dimmed">
            {t('training.layers.everything')}
          </Text>
        </Group>
        <Text size="xs" c="dimmed">
          {t('training.layers.share', { share: formats.percent(learningShare(blocks, first)) })}
        </Text>
      </div>
    </Stack>
  );
}
