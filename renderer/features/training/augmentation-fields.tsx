import { Checkbox, Input, NumberInput, Select, Slider } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Augmentation } from '../../../shared/contract/augmentation.ts';
import { randAugmentKinds } from '../../../shared/domain/augmentation.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import styles from './training.module.css';

interface FieldsProps {
  readonly augmentation: Augmentation;
  readonly change: (change: Partial<Augmentation>) => void;
}

/** Amounts with their largest value, the step of their slider and what they count. */
const amounts = [
  { field: 'rotation', most: 180, step: 1, unit: 'degrees' },
  { field: 'shrink', most: 0.5, step: 0.05, unit: 'share' },
  { field: 'shift', most: 0.5, step: 0.05, unit: 'share' },
  { field: 'crop', most: 0.9, step: 0.05, unit: 'share' },
  { field: 'perspective', most: 1, step: 0.05, unit: 'share' },
  { field: 'brightness', most: 0.5, step: 0.05, unit: 'share' },
  { field: 'contrast', most: 0.5, step: 0.05, unit: 'share' },
  { field: 'saturation', most: 1, step: 0.05, unit: 'share' },
  { field: 'hue', most: 0.5, step: 0.01, unit: 'share' },
  { field: 'blur', most: 5, step: 0.1, unit: 'pixels' },
  { field: 'noise', most: 0.25, step: 0.01, unit: 'share' },
  { field: 'jpeg', most: 95, step: 5, unit: 'points' },
  { field: 'erasing', most: 0.5, step: 0.05, unit: 'share' },
] as const;
const flips = ['flipHorizontal', 'flipVertical', 'quarterTurns'] as const;

function Amounts({ augmentation, change }: FieldsProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const id = useId();
  const shown = (value: number, unit: (typeof amounts)[number]['unit']) => {
    if (value === 0) return t('training.augmentation.off');
    if (unit === 'share') return formats.percent(value);
    return t(`training.augmentation.units.${unit}`, { value });
  };
  return amounts.map(({ field, most, step, unit }) => (
    <Input.Wrapper
      key={field}
      label={t(`training.augmentation.fields.${field}`)}
      labelElement="div"
      labelProps={{ id: `${id}-${field}` }}
      description={shown(augmentation[field], unit)}
    >
      <Slider
        min={0}
        max={most}
        step={step}
        label={null}
        thumbProps={{ 'aria-labelledby': `${id}-${field}` }}
        value={augmentation[field]}
        onChange={(value) => change({ [field]: value })}
      />
    </Input.Wrapper>
  ));
}

function RandAugmentFields({ augmentation, change }: FieldsProps) {
  const { t } = useTranslation();
  const { randAugment } = augmentation;
  const number = (value: string | number, apply: (value: number) => void) => {
    if (typeof value === 'number' && Number.isInteger(value)) apply(value);
  };
  return (
    <>
      <Select
        label={t('training.augmentation.fields.randAugment')}
        data={[
          { value: 'none', label: t('training.augmentation.off') },
          ...randAugmentKinds.map((value) => ({ value, label: t(`training.augmentation.kinds.${value}`) })),
        ]}
        value={randAugment?.kinds ?? 'none'}
        allowDeselect={false}
        onChange={(value) => {
          const kinds = randAugmentKinds.find((each) => each === value);
          const usual = { operations: 2, magnitude: 9 };
          change({ randAugment: kinds === undefined ? null : { ...usual, ...randAugment, kinds } });
        }}
      />
      {randAugment !== null && (
        <>
          <NumberInput
            label={t('training.augmentation.operations')}
            min={1}
            max={4}
            allowDecimal={false}
            value={randAugment.operations}
            onChange={(value) =>
              number(value, (operations) => change({ randAugment: { ...randAugment, operations } }))
            }
          />
          <NumberInput
            label={t('training.augmentation.magnitude')}
            min={0}
            max={30}
            allowDecimal={false}
            value={randAugment.magnitude}
            onChange={(value) =>
              number(value, (magnitude) => change({ randAugment: { ...randAugment, magnitude } }))
            }
          />
        </>
      )}
    </>
  );
}

/** Every number of the augmentation: how a picture may lie, how much of each change, how many views are kept. */
export function AugmentationFields({ augmentation, change }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.fields}>
      {flips.map((field) => (
        <Checkbox
          key={field}
          label={t(`training.augmentation.fields.${field}`)}
          checked={augmentation[field]}
          onChange={({ currentTarget }) => change({ [field]: currentTarget.checked })}
        />
      ))}
      <Amounts augmentation={augmentation} change={change} />
      <RandAugmentFields augmentation={augmentation} change={change} />
      <NumberInput
        label={t('training.numbers.views')}
        description={t('training.augmentation.viewsWhy')}
        min={1}
        max={16}
        allowDecimal={false}
        value={augmentation.views}
        onChange={(views) => {
          if (typeof views === 'number' && Number.isInteger(views)) change({ views });
        }}
      />
    </div>
  );
}
