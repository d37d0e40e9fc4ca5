import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';

/** The new part: what it sees of the network, and how large it is. */
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
    </div>
  );
}
