import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Evaluation } from '../../../shared/contract/recipe.ts';
import { NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

const evaluations: Readonly<Record<Evaluation['kind'], Evaluation>> = {
  kFold: { kind: 'kFold', folds: 5, seed: 1 },
  holdOut: { kind: 'holdOut', test: 0.2, seed: 1 },
  stated: { kind: 'stated' },
};

/** How the result is tested. */
export function TestFields({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { evaluation, editEvaluation } = plan;
  const hasStated = plan.recommendation.evaluation.kind === 'stated';
  return (
    <div className={styles.fields}>
      <Select
        className={styles.broad}
        label={t('training.numbers.evaluation')}
        data={[
          { value: 'kFold', label: t('training.numbers.kFold') },
          { value: 'holdOut', label: t('training.numbers.heldOut') },
          { value: 'stated', label: t('training.numbers.stated'), disabled: !hasStated },
        ]}
        value={evaluation.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && editEvaluation(evaluations[kind])}
      />
      {evaluation.kind === 'kFold' && (
        <NumberField
          label={t('training.numbers.folds')}
          min={2}
          max={20}
          value={evaluation.folds}
          onValue={whenNumber((folds) => editEvaluation({ ...evaluation, folds }))}
        />
      )}
      {evaluation.kind === 'holdOut' && (
        <NumberField
          label={t('training.numbers.test')}
          min={0.05}
          max={0.5}
          step={0.05}
          value={evaluation.test}
          onValue={whenNumber((test) => editEvaluation({ ...evaluation, test }))}
        />
      )}
      {evaluation.kind !== 'stated' && (
        <NumberField
          label={t('training.numbers.splitSeed')}
          min={0}
          value={evaluation.seed}
          onValue={whenNumber((seed) => editEvaluation({ ...evaluation, seed }))}
        />
      )}
    </div>
  );
}
