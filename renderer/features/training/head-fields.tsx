import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NormFields } from './norm-fields.tsx';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

/** What is done with the pretrained part, whatever learns of it. */
function BackboneFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  return (
    <>
      <NumberField
        label={t('conduct.depth')}
        description={t('conduct.depthWhat')}
        min={0}
        max={0.9}
        step={0.05}
        value={recipe.stochasticDepth}
        onValue={whenNumber((stochasticDepth) => edit({ ...recipe, stochasticDepth }))}
      />
      <Select
        label={t('conduct.precision')}
        data={(['half', 'single'] as const).map((value) => ({
          value,
          label: t(`conduct.precisions.${value}`),
        }))}
        value={recipe.cachePrecision}
        allowDeselect={false}
        onChange={(cachePrecision) => cachePrecision !== null && edit({ ...recipe, cachePrecision })}
      />
    </>
  );
}

/** The new part, and how many images make a step. */
export function HeadFields({ recipe, edit }: EditProps) {
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
      {recipe.backbone !== null && <BackboneFields recipe={recipe} edit={edit} />}
      <NormFields recipe={recipe} edit={edit} />
    </div>
  );
}
