import { Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { schedule, type TrainingPhase } from '../../../shared/contract/recipe.ts';
import { NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

interface PhaseProps {
  readonly phase: TrainingPhase;
  readonly onChange: (change: Partial<TrainingPhase>) => void;
}

function ScheduleFields({ phase, onChange }: PhaseProps) {
  const { t } = useTranslation();
  return (
    <>
      <NumberField
        label={t('training.numbers.warmUp')}
        min={0}
        max={1}
        step={0.05}
        value={phase.warmUp}
        onValue={whenNumber((warmUp) => onChange({ warmUp }))}
      />
      <Select
        label={t('training.numbers.schedule')}
        description={t(`rules.schedules.${phase.schedule}.what`)}
        data={schedule.options.map((value) => ({ value, label: t(`rules.schedules.${value}.name`) }))}
        value={phase.schedule}
        allowDeselect={false}
        onChange={(value) => value !== null && onChange({ schedule: schedule.parse(value) })}
      />
      {(phase.schedule === 'step' || phase.schedule === 'plateau') && (
        <>
          <NumberField
            label={t('rules.dropFactor')}
            description={t('rules.dropFactorWhat')}
            min={0.001}
            max={1}
            step={0.1}
            value={phase.drop.factor}
            onValue={whenNumber((factor) => onChange({ drop: { ...phase.drop, factor } }))}
          />
          <NumberField
            label={t(`rules.dropEpochs.${phase.schedule}`)}
            description={t(`rules.dropEpochsWhat.${phase.schedule}`)}
            min={1}
            max={1000}
            value={phase.drop.epochs}
            onValue={whenNumber((epochs) => onChange({ drop: { ...phase.drop, epochs } }))}
          />
        </>
      )}
    </>
  );
}

/** Length, rates and schedule of one phase. */
export function PhaseFields({ phase, title, onChange }: PhaseProps & { readonly title: string }) {
  const { t } = useTranslation();
  return (
    <fieldset style={{ border: 0, padding: 0, margin: '0 0 1rem' }}>
      <Text component="legend" fw={600} mb="xs">
        {title}
      </Text>
      <div className={styles.fields}>
        <NumberField
          label={t('training.numbers.epochs')}
          min={1}
          max={1000}
          value={phase.epochs}
          onValue={whenNumber((epochs) => onChange({ epochs }))}
        />
        <NumberField
          label={t('training.numbers.rate')}
          min={1e-7}
          max={10}
          step={1e-4}
          decimalScale={7}
          value={phase.learningRate}
          onValue={whenNumber((learningRate) => onChange({ learningRate }))}
        />
        {phase.name === 'fineTuning' && (
          <>
            <NumberField
              label={t('training.numbers.factor')}
              min={0}
              max={1}
              step={0.05}
              value={phase.backboneFactor}
              onValue={whenNumber((backboneFactor) => onChange({ backboneFactor }))}
            />
            <NumberField
              label={t('training.numbers.decay')}
              min={0}
              max={1}
              step={0.05}
              value={phase.blockDecay}
              onValue={whenNumber((blockDecay) => onChange({ blockDecay }))}
            />
          </>
        )}
        <NumberField
          label={t('training.numbers.decayWeight')}
          min={0}
          max={1}
          step={0.01}
          value={phase.weightDecay}
          onValue={whenNumber((weightDecay) => onChange({ weightDecay }))}
        />
        <ScheduleFields phase={phase} onChange={onChange} />
      </div>
    </fieldset>
  );
}
