import { Anchor, Button, Group, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { gradualConduct, withWatching } from '../../../shared/domain/recipes.ts';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

interface ConductProps {
  readonly phase: TrainingPhase;
  readonly onChange: (change: Partial<TrainingPhase>) => void;
}

/** Where each choice starts; the numbers can be changed below it. */
const thaws: Readonly<Record<TrainingPhase['unfreezing']['kind'], TrainingPhase['unfreezing']>> = {
  atOnce: { kind: 'atOnce' },
  schedule: { kind: 'schedule', start: 0, every: 1 },
  performance: { kind: 'performance', start: 0, patience: 3, improvement: 0.01 },
};
const stops: Readonly<Record<TrainingPhase['stopping']['kind'], TrainingPhase['stopping']>> = {
  recipe: { kind: 'recipe' },
  never: { kind: 'never' },
  patience: { kind: 'patience', epochs: 5 },
};
const probes: Readonly<Record<TrainingPhase['probe']['kind'], TrainingPhase['probe']>> = {
  gradient: { kind: 'gradient' },
  crossValidated: { kind: 'crossValidated', folds: 5 },
};
const keeps: Readonly<Record<TrainingPhase['keep']['kind'], TrainingPhase['keep']>> = {
  always: { kind: 'always' },
  ifBetter: { kind: 'ifBetter', level: 0.05 },
};
const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>) => Object.keys(record) as Key[];

function ThawFields({ phase, onChange }: ConductProps) {
  const { t } = useTranslation();
  const { unfreezing } = phase;
  return (
    <>
      <Select
        label={t('conduct.thaw')}
        description={t(`conduct.thaws.${unfreezing.kind}.what`)}
        data={keysOf(thaws).map((value) => ({ value, label: t(`conduct.thaws.${value}.name`) }))}
        value={unfreezing.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && onChange({ unfreezing: thaws[kind] })}
      />
      {unfreezing.kind !== 'atOnce' && (
        <NumberField
          label={t('conduct.start')}
          min={0}
          max={1000}
          value={unfreezing.start}
          onValue={whenNumber((start) => onChange({ unfreezing: { ...unfreezing, start } }))}
        />
      )}
      {unfreezing.kind === 'schedule' && (
        <NumberField
          label={t('conduct.every')}
          min={1}
          max={1000}
          value={unfreezing.every}
          onValue={whenNumber((every) => onChange({ unfreezing: { ...unfreezing, every } }))}
        />
      )}
      {unfreezing.kind === 'performance' && (
        <>
          <NumberField
            label={t('conduct.patience')}
            min={1}
            max={1000}
            value={unfreezing.patience}
            onValue={whenNumber((patience) => onChange({ unfreezing: { ...unfreezing, patience } }))}
          />
          <NumberField
            label={t('conduct.improvement')}
            min={0}
            max={0.5}
            step={0.01}
            value={unfreezing.improvement}
            onValue={whenNumber((improvement) => onChange({ unfreezing: { ...unfreezing, improvement } }))}
          />
        </>
      )}
    </>
  );
}

function MixFields({ phase, onChange, isOnPixels }: ConductProps & { readonly isOnPixels: boolean }) {
  const { t } = useTranslation();
  const { mixing } = phase;
  return (
    <>
      <NumberField
        label={t('conduct.mixup')}
        description={t('conduct.mixupWhat')}
        min={0}
        max={10}
        step={0.1}
        value={mixing.mixup}
        onValue={whenNumber((mixup) => onChange({ mixing: { ...mixing, mixup } }))}
      />
      <NumberField
        label={t('conduct.cutmix')}
        description={t(isOnPixels ? 'conduct.cutmixWhat' : 'conduct.cutmixNeedsPixels')}
        min={0}
        max={10}
        step={0.1}
        // What was set before fewer blocks learned must still be possible to take back.
        disabled={!isOnPixels && mixing.cutmix === 0}
        value={mixing.cutmix}
        onValue={whenNumber((cutmix) => onChange({ mixing: { ...mixing, cutmix } }))}
      />
    </>
  );
}

function StopField({ phase, onChange }: ConductProps) {
  const { t } = useTranslation();
  const { stopping } = phase;
  return (
    <>
      <Select
        label={t('conduct.stopping')}
        data={keysOf(stops).map((value) => ({ value, label: t(`conduct.stops.${value}`) }))}
        value={stopping.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && onChange({ stopping: stops[kind] })}
      />
      {stopping.kind === 'patience' && (
        <NumberField
          label={t('conduct.patience')}
          min={1}
          max={1000}
          value={stopping.epochs}
          onValue={whenNumber((epochs) => onChange({ stopping: { kind: 'patience', epochs } }))}
        />
      )}
    </>
  );
}

function ProbeFields({ phase, onChange }: ConductProps) {
  const { t } = useTranslation();
  const { probe } = phase;
  return (
    <>
      <Select
        label={t('conduct.probe')}
        description={t(`conduct.probes.${probe.kind}.what`)}
        data={keysOf(probes).map((value) => ({ value, label: t(`conduct.probes.${value}.name`) }))}
        value={probe.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && onChange({ probe: probes[kind] })}
      />
      {probe.kind === 'crossValidated' && (
        <NumberField
          label={t('conduct.probeFolds')}
          min={2}
          max={10}
          value={probe.folds}
          onValue={whenNumber((folds) => onChange({ probe: { kind: 'crossValidated', folds } }))}
        />
      )}
    </>
  );
}

function KeepFields({ phase, onChange }: ConductProps) {
  const { t } = useTranslation();
  const { keep } = phase;
  return (
    <>
      <Select
        label={t('conduct.keep')}
        description={t(`conduct.keeps.${keep.kind}.what`)}
        data={keysOf(keeps).map((value) => ({ value, label: t(`conduct.keeps.${value}.name`) }))}
        value={keep.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && onChange({ keep: keeps[kind] })}
      />
      {keep.kind === 'ifBetter' && (
        <NumberField
          label={t('conduct.level')}
          min={0.001}
          max={0.5}
          step={0.01}
          decimalScale={3}
          value={keep.level}
          onValue={whenNumber((level) => onChange({ keep: { kind: 'ifBetter', level } }))}
        />
      )}
    </>
  );
}

/** In which order a phase learns, what it mixes, when it ends and whether it counts. */
export function ConductFields({
  phase,
  onChange,
  recipe,
  edit,
  blocks,
}: ConductProps & EditProps & { readonly blocks: number }) {
  const { t } = useTranslation();
  const isTuning = phase.name === 'fineTuning';
  const isOnPixels = phase.name === 'scratch' || (isTuning && phase.trainableBlocks.length === blocks);
  const isJudged = phase.unfreezing.kind === 'performance' || phase.keep.kind === 'ifBetter';
  return (
    <>
      <div className={styles.fields}>
        {phase.name === 'head' && <ProbeFields phase={phase} onChange={onChange} />}
        {isTuning && <ThawFields phase={phase} onChange={onChange} />}
        <MixFields phase={phase} onChange={onChange} isOnPixels={isOnPixels} />
        <StopField phase={phase} onChange={onChange} />
        {isTuning && <KeepFields phase={phase} onChange={onChange} />}
      </div>
      {isJudged && recipe.earlyStopping.holdOut === 0 && (
        <Group gap="sm" mt="xs">
          <Text size="sm" c="var(--studio-warning)">
            {t('conduct.needsWatching')}
          </Text>
          <Button size="compact-sm" variant="default" onClick={() => edit(withWatching(recipe))}>
            {t('conduct.setAside')}
          </Button>
        </Group>
      )}
      {isTuning && (
        <Text size="xs" c="dimmed" mt="xs">
          <Anchor component="button" type="button" size="xs" onClick={() => onChange(gradualConduct())}>
            {t('conduct.ulmfit')}
          </Anchor>{' '}
          {t('conduct.ulmfitWhat')}
        </Text>
      )}
    </>
  );
}
