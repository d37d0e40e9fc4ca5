import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Term } from '../../ui/term.tsx';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

/** What keeps the network from learning by heart. */
export function GuardFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const early = recipe.earlyStopping;
  return (
    <>
      <Term word={t('training.term.earlyStopping')} why={t('training.term.earlyStoppingWhy')} />
      <div className={styles.fields}>
        <NumberField
          label={t('training.numbers.patience')}
          description={t('training.numbers.patienceWhat')}
          placeholder={t('training.numbers.none')}
          min={1}
          max={1000}
          value={early.patience}
          onValue={(patience) => edit({ ...recipe, earlyStopping: { ...early, patience } })}
        />
        <NumberField
          label={t('training.numbers.holdOut')}
          description={t('training.numbers.holdOutWhat')}
          min={0}
          max={0.5}
          step={0.05}
          value={early.holdOut}
          onValue={whenNumber((holdOut) => edit({ ...recipe, earlyStopping: { ...early, holdOut } }))}
        />
        <NumberField
          label={t('training.numbers.smoothing')}
          min={0}
          max={0.5}
          step={0.05}
          value={recipe.labelSmoothing}
          onValue={whenNumber((labelSmoothing) => edit({ ...recipe, labelSmoothing }))}
        />
        <NumberField
          label={t('training.numbers.clip')}
          placeholder={t('training.numbers.clipNone')}
          min={0.01}
          step={0.5}
          value={recipe.clipNorm}
          onValue={(clipNorm) => edit({ ...recipe, clipNorm })}
        />
        <Select
          label={t('training.numbers.weights')}
          data={[
            { value: 'none', label: t('training.numbers.weightsNone') },
            { value: 'balanced', label: t('training.numbers.weightsBalanced') },
          ]}
          value={recipe.classWeights}
          allowDeselect={false}
          onChange={(value) => edit({ ...recipe, classWeights: value === 'balanced' ? 'balanced' : 'none' })}
        />
      </div>
    </>
  );
}
