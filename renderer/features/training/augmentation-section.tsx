import { Alert, Anchor, Button, Collapse, Select, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import {
  type AugmentationPreset,
  augmentationPresets,
  concernsOf,
  imageDomains,
  presetOf,
  presetSettings,
} from '../../../shared/domain/augmentation.ts';
import { Term } from '../../ui/term.tsx';
import { AugmentationFields } from './augmentation-fields.tsx';
import { AugmentationPreview } from './augmentation-preview.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** Stands in the choice while a person's own numbers are no preset's. */
const OWN = 'own';

/** What may change in a picture without changing its answer: a preset, every number, and how it looks. */
export function AugmentationSection({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit } = plan;
  const { augmentation } = recipe;
  const change = (next: Partial<typeof augmentation>) =>
    edit({ ...recipe, augmentation: { ...augmentation, ...next } });
  const preset = presetOf(augmentation);
  const presets = augmentationPresets.map((value) => ({
    value: value as string,
    label: t(`training.augmentation.preset.${value}`),
  }));
  const concerns = concernsOf(augmentation);
  const [isShown, shown] = useDisclosure(false);
  const [isOpen, numbers] = useDisclosure(false);
  return (
    <Stack gap="md">
      <Title order={3}>
        {t('training.augmentation.title')}{' '}
        <Term word={t('training.augmentation.term')} why={t('training.augmentation.termWhy')} />
      </Title>
      <div className={styles.fields}>
        <Select
          className={styles.broad}
          label={t('training.augmentation.question')}
          data={
            preset === null ? [{ value: OWN, label: t('training.augmentation.own') }, ...presets] : presets
          }
          value={preset ?? OWN}
          allowDeselect={false}
          onChange={(value) => {
            if (value !== null && value !== OWN)
              change(presetSettings(value as AugmentationPreset, augmentation.domain));
          }}
        />
        <Select
          label={t('training.augmentation.domain')}
          data={imageDomains.map((value) => ({ value, label: t(`training.augmentation.domains.${value}`) }))}
          value={augmentation.domain}
          allowDeselect={false}
          onChange={(value) => {
            const domain = imageDomains.find((each) => each === value);
            if (domain !== undefined) change({ domain });
          }}
        />
      </div>
      {concerns.map(({ field, reason }) => (
        <Alert
          key={field}
          variant="light"
          color="yellow"
          p="xs"
          icon={<IconAlertTriangle size={18} aria-hidden />}
        >
          <Text size="sm">
            {t('training.augmentation.concern', {
              change: t(`training.augmentation.fields.${field}`),
              reason: t(`training.augmentation.reasons.${reason}`),
            })}
          </Text>
        </Alert>
      ))}
      <Button
        size="sm"
        variant="default"
        style={{ alignSelf: 'flex-start' }}
        aria-expanded={isShown}
        onClick={shown.toggle}
      >
        {t(isShown ? 'training.augmentation.hide' : 'training.augmentation.show')}
      </Button>
      {isShown && <AugmentationPreview recipe={recipe} />}
      <div>
        <Anchor component="button" type="button" size="sm" aria-expanded={isOpen} onClick={numbers.toggle}>
          {t('training.augmentation.numbers')}
        </Anchor>
        <Collapse expanded={isOpen}>
          <AugmentationFields augmentation={augmentation} change={change} />
        </Collapse>
      </div>
    </Stack>
  );
}
