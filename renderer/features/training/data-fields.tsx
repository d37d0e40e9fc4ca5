import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type EditProps, NumberField } from './recipe-fields.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** What the network sees: which one, and at what size. How pictures are varied has a section of its own. */
export function DataFields({ recipe, edit, plan }: EditProps & { readonly plan: Plan }) {
  const { t } = useTranslation();
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
    </div>
  );
}
