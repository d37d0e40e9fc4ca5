import { Accordion, Checkbox, NumberInput, type NumberInputProps, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Evaluation, Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

interface EditProps {
  readonly recipe: Recipe;
  readonly edit: (recipe: Recipe) => void;
}

/** A number that is only taken over when it is one; the recipe never holds half a number. */
function NumberField({
  value,
  onValue,
  ...props
}: Omit<NumberInputProps, 'value' | 'onChange'> & {
  readonly value: number | null;
  readonly onValue: (value: number | null) => void;
}) {
  return (
    <NumberInput
      size="sm"
      {...props}
      value={value ?? ''}
      onChange={(next) => onValue(typeof next === 'number' && Number.isFinite(next) ? next : null)}
    />
  );
}

/** Ignores the empty field: the last number stands. */
const whenNumber = (apply: (value: number) => void) => (value: number | null) => {
  if (value !== null) apply(value);
};

function DataFields({ recipe, edit, plan }: EditProps & { readonly plan: Plan }) {
  const { t } = useTranslation();
  const augment = (change: Partial<Recipe['augmentation']>) =>
    edit({ ...recipe, augmentation: { ...recipe.augmentation, ...change } });
  return (
    <div className={styles.fields}>
      {recipe.backbone !== null && (
        <Select
          label={t('training.numbers.backbone')}
          data={plan.backbones.map(({ id, name }) => ({ value: id, label: name }))}
          value={recipe.backbone}
          allowDeselect={false}
          onChange={(id) => {
            const chosen = plan.backbones.find((backbone) => backbone.id === id);
            if (chosen !== undefined) edit({ ...recipe, backbone: chosen.id });
          }}
        />
      )}
      <Select
        label={t('training.numbers.shape')}
        data={[
          { value: 'aspect', label: t('training.numbers.aspect') },
          { value: 'square', label: t('training.numbers.square') },
        ]}
        value={recipe.shape}
        allowDeselect={false}
        onChange={(value) => edit({ ...recipe, shape: value === 'square' ? 'square' : 'aspect' })}
      />
      <NumberField
        label={t('training.numbers.size')}
        placeholder={t('training.numbers.sizeCard')}
        min={32}
        max={1024}
        step={32}
        value={recipe.size}
        onValue={(size) => edit({ ...recipe, size })}
      />
      <NumberField
        label={t('training.numbers.views')}
        min={1}
        max={16}
        value={recipe.augmentation.views}
        onValue={whenNumber((views) => augment({ views }))}
      />
      <NumberField
        label={t('training.numbers.brightness')}
        min={0}
        max={0.5}
        step={0.05}
        value={recipe.augmentation.brightness}
        onValue={whenNumber((brightness) => augment({ brightness }))}
      />
      <NumberField
        label={t('training.numbers.contrast')}
        min={0}
        max={0.5}
        step={0.05}
        value={recipe.augmentation.contrast}
        onValue={whenNumber((contrast) => augment({ contrast }))}
      />
      <Checkbox
        label={t('training.numbers.flipH')}
        checked={recipe.augmentation.flipHorizontal}
        onChange={({ currentTarget }) => augment({ flipHorizontal: currentTarget.checked })}
      />
      <Checkbox
        label={t('training.numbers.flipV')}
        checked={recipe.augmentation.flipVertical}
        onChange={({ currentTarget }) => augment({ flipVertical: currentTarget.checked })}
      />
    </div>
  );
}

function HeadFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.fields}>
      {recipe.backbone !== null && (
        <Select
          label={t('training.numbers.features')}
          data={[
            { value: 'last', label: t('training.numbers.last') },
            { value: 'multiLevel', label: t('training.numbers.multiLevel') },
          ]}
          value={recipe.features}
          allowDeselect={false}
          onChange={(value) => edit({ ...recipe, features: value === 'last' ? 'last' : 'multiLevel' })}
        />
      )}
      <NumberField
        label={t('training.numbers.hidden')}
        placeholder={t('training.numbers.none')}
        min={1}
        max={4096}
        value={recipe.head.hidden}
        onValue={(hidden) => edit({ ...recipe, head: { ...recipe.head, hidden } })}
      />
      <NumberField
        label={t('training.numbers.dropout')}
        min={0}
        max={0.9}
        step={0.05}
        value={recipe.head.dropout}
        onValue={whenNumber((dropout) => edit({ ...recipe, head: { ...recipe.head, dropout } }))}
      />
      <NumberField
        label={t('training.numbers.batch')}
        min={1}
        max={512}
        value={recipe.batchSize}
        onValue={whenNumber((batchSize) => edit({ ...recipe, batchSize }))}
      />
      <NumberField
        label={t('training.numbers.seed')}
        min={0}
        max={0xffffffff}
        value={recipe.seed}
        onValue={whenNumber((seed) => edit({ ...recipe, seed }))}
      />
      <Checkbox
        label={t('training.numbers.folded')}
        checked={recipe.foldedBatchNorm}
        onChange={({ currentTarget }) => edit({ ...recipe, foldedBatchNorm: currentTarget.checked })}
      />
    </div>
  );
}

function PhaseFields({
  phase,
  title,
  onChange,
}: {
  readonly phase: TrainingPhase;
  readonly title: string;
  readonly onChange: (change: Partial<TrainingPhase>) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset style={{ border: 0, padding: 0, margin: '0 0 1rem' }}>
      <Text component="legend" fw={600} size="sm" mb={4}>
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
          data={[
            { value: 'cosine', label: t('training.numbers.cosine') },
            { value: 'constant', label: t('training.numbers.constant') },
          ]}
          value={phase.schedule}
          allowDeselect={false}
          onChange={(value) => onChange({ schedule: value === 'constant' ? 'constant' : 'cosine' })}
        />
      </div>
    </fieldset>
  );
}

function GuardFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const early = recipe.earlyStopping;
  return (
    <div className={styles.fields}>
      <NumberField
        label={t('training.numbers.patience')}
        placeholder={t('training.numbers.none')}
        min={1}
        max={1000}
        value={early.patience}
        onValue={(patience) => edit({ ...recipe, earlyStopping: { ...early, patience } })}
      />
      <NumberField
        label={t('training.numbers.holdOut')}
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
        placeholder={t('training.numbers.none')}
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
  );
}

const evaluations: Readonly<Record<Evaluation['kind'], Evaluation>> = {
  kFold: { kind: 'kFold', folds: 5, seed: 1 },
  holdOut: { kind: 'holdOut', test: 0.2, seed: 1 },
  stated: { kind: 'stated' },
};

function TestFields({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { evaluation, editEvaluation } = plan;
  const hasStated = plan.recommendation.evaluation.kind === 'stated';
  return (
    <div className={styles.fields}>
      <Select
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

/** Every number of the recipe; what is changed here changes the sentence and the drawing too. */
export function RecipeEditor({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit } = plan;
  const changePhase = (at: number, change: Partial<TrainingPhase>) =>
    edit({
      ...recipe,
      phases: recipe.phases.map((phase, index) => (index === at ? { ...phase, ...change } : phase)),
    });
  const sections = [
    { id: 'data', content: <DataFields recipe={recipe} edit={edit} plan={plan} /> },
    { id: 'head', content: <HeadFields recipe={recipe} edit={edit} /> },
    {
      id: 'phases',
      content: recipe.phases.map((phase, index) => (
        <PhaseFields
          key={phase.name}
          phase={phase}
          title={t('training.numbers.phase', {
            number: index + 1,
            name: t(`training.term.${phase.name === 'head' ? 'featureExtraction' : phase.name}`),
          })}
          onChange={(change) => changePhase(index, change)}
        />
      )),
    },
    { id: 'guard', content: <GuardFields recipe={recipe} edit={edit} /> },
    { id: 'test', content: <TestFields plan={plan} /> },
  ] as const;
  return (
    <Accordion multiple variant="default" chevronPosition="left">
      {sections.map(({ id, content }) => (
        <Accordion.Item key={id} value={id}>
          <Accordion.Control>{t(`training.numbers.groups.${id}`)}</Accordion.Control>
          <Accordion.Panel>{content}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
