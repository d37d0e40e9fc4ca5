import { Checkbox, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { usualOptimiser } from '../../../shared/domain/recipes.ts';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

type Averaging = Recipe['averaging'];

/** Where each choice starts; the numbers can be changed below it. */
const optimisers: Readonly<Record<Recipe['optimiser']['kind'], Recipe['optimiser']>> = {
  adamw: usualOptimiser(),
  sgd: { kind: 'sgd', momentum: 0.9, nesterov: true },
};
const losses: Readonly<Record<Recipe['loss']['kind'], Recipe['loss']>> = {
  crossEntropy: { kind: 'crossEntropy' },
  focal: { kind: 'focal', gamma: 2 },
};
const averages: Readonly<Record<'none' | NonNullable<Averaging>['kind'], Averaging>> = {
  none: null,
  ema: { kind: 'ema', decay: 0.99, warmUp: 'ramp' },
  swa: { kind: 'swa', start: 0.75, rate: null },
};
const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>) => Object.keys(record) as Key[];

function OptimiserFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const { optimiser } = recipe;
  return (
    <>
      <Select
        label={t('rules.optimiser')}
        description={t(`rules.optimisers.${optimiser.kind}.what`)}
        data={keysOf(optimisers).map((value) => ({ value, label: t(`rules.optimisers.${value}.name`) }))}
        value={optimiser.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && edit({ ...recipe, optimiser: optimisers[kind] })}
      />
      {optimiser.kind === 'sgd' && (
        <>
          <NumberField
            label={t('rules.momentum')}
            description={t('rules.momentumWhat')}
            min={0}
            max={0.999}
            step={0.05}
            value={optimiser.momentum}
            onValue={whenNumber((momentum) => edit({ ...recipe, optimiser: { ...optimiser, momentum } }))}
          />
          <Checkbox
            label={t('rules.nesterov')}
            description={t('rules.nesterovWhat')}
            checked={optimiser.nesterov}
            onChange={({ currentTarget }) =>
              edit({ ...recipe, optimiser: { ...optimiser, nesterov: currentTarget.checked } })
            }
          />
        </>
      )}
      <NumberField
        label={t('rules.accumulation')}
        description={t('rules.accumulationWhat', { images: recipe.accumulation * recipe.batchSize })}
        min={1}
        max={128}
        value={recipe.accumulation}
        onValue={whenNumber((accumulation) => edit({ ...recipe, accumulation }))}
      />
      <Checkbox
        label={t('rules.decayed')}
        description={t('rules.decayedWhat')}
        checked={recipe.decayed === 'everything'}
        onChange={({ currentTarget }) =>
          edit({ ...recipe, decayed: currentTarget.checked ? 'everything' : 'weights' })
        }
      />
    </>
  );
}

function LossFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const { loss, l2sp } = recipe;
  return (
    <>
      <Select
        label={t('rules.loss')}
        description={t(`rules.losses.${loss.kind}.what`)}
        data={keysOf(losses).map((value) => ({ value, label: t(`rules.losses.${value}.name`) }))}
        value={loss.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && edit({ ...recipe, loss: losses[kind] })}
      />
      {loss.kind === 'focal' && (
        <NumberField
          label={t('rules.gamma')}
          description={t('rules.gammaWhat')}
          min={0}
          max={10}
          step={0.5}
          value={loss.gamma}
          onValue={whenNumber((gamma) => edit({ ...recipe, loss: { ...loss, gamma } }))}
        />
      )}
      {recipe.backbone !== null && (
        <Checkbox
          label={t('rules.l2sp')}
          description={t('rules.l2spWhat')}
          checked={l2sp !== null}
          onChange={({ currentTarget }) =>
            edit({ ...recipe, l2sp: currentTarget.checked ? { alpha: 0.1, beta: 0.01 } : null })
          }
        />
      )}
      {l2sp !== null &&
        (['alpha', 'beta'] as const).map((which) => (
          <NumberField
            key={which}
            label={t(`rules.${which}`)}
            description={t(`rules.${which}What`)}
            min={0}
            max={10}
            step={0.01}
            value={l2sp[which]}
            onValue={whenNumber((value) => edit({ ...recipe, l2sp: { ...l2sp, [which]: value } }))}
          />
        ))}
    </>
  );
}

function EmaFields({
  averaging,
  change,
}: {
  readonly averaging: Extract<Averaging, { kind: 'ema' }>;
  readonly change: (averaging: Averaging) => void;
}) {
  const { t } = useTranslation();
  return (
    <>
      <NumberField
        label={t('rules.emaDecay')}
        description={t('rules.emaDecayWhat')}
        min={0}
        max={0.99999}
        step={0.01}
        decimalScale={5}
        value={averaging.decay}
        onValue={whenNumber((decay) => change({ ...averaging, decay }))}
      />
      <Select
        label={t('rules.emaWarmUp')}
        description={t('rules.emaWarmUpWhat')}
        data={(['ramp', 'biasCorrection', 'none'] as const).map((value) => ({
          value,
          label: t(`rules.emaWarmUps.${value}`),
        }))}
        value={averaging.warmUp}
        allowDeselect={false}
        onChange={(warmUp) => warmUp !== null && change({ ...averaging, warmUp })}
      />
    </>
  );
}

function AverageFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const { averaging } = recipe;
  const change = (next: Averaging) => edit({ ...recipe, averaging: next });
  return (
    <>
      <Select
        label={t('rules.average')}
        description={t(`rules.averages.${averaging?.kind ?? 'none'}.what`)}
        data={keysOf(averages).map((value) => ({ value, label: t(`rules.averages.${value}.name`) }))}
        value={averaging?.kind ?? 'none'}
        allowDeselect={false}
        onChange={(kind) => kind !== null && change(averages[kind])}
      />
      {averaging?.kind === 'ema' && <EmaFields averaging={averaging} change={change} />}
      {averaging?.kind === 'swa' && (
        <>
          <NumberField
            label={t('rules.swaStart')}
            description={t('rules.swaStartWhat')}
            min={0}
            max={0.95}
            step={0.05}
            value={averaging.start}
            onValue={whenNumber((start) => change({ ...averaging, start }))}
          />
          <NumberField
            label={t('rules.swaRate')}
            description={t('rules.swaRateWhat')}
            placeholder={t('rules.swaRateNone')}
            min={0.001}
            max={1}
            step={0.05}
            value={averaging.rate}
            onValue={(rate) => change({ ...averaging, rate })}
          />
        </>
      )}
    </>
  );
}

/** How many images make a step, how gradients become weights, what is minimised, and which average of the weights is delivered. */
export function RuleFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.fields}>
      <NumberField
        label={t('training.numbers.batch')}
        min={1}
        max={512}
        value={recipe.batchSize}
        onValue={whenNumber((batchSize) => edit({ ...recipe, batchSize }))}
      />
      <OptimiserFields recipe={recipe} edit={edit} />
      <LossFields recipe={recipe} edit={edit} />
      <AverageFields recipe={recipe} edit={edit} />
      <NumberField
        label={t('training.numbers.seed')}
        min={0}
        max={0xffffffff}
        value={recipe.seed}
        onValue={whenNumber((seed) => edit({ ...recipe, seed }))}
      />
    </div>
  );
}
