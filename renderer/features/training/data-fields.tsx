import { Checkbox, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** What the network sees: which one, at what size, and in what views. */
export function DataFields({ recipe, edit, plan }: EditProps & { readonly plan: Plan }) {
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
