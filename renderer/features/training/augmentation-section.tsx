import { Alert, Anchor, Button, Collapse, Select, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import {
  augmentationPresets,
  concernsOf,
  imageDomains,
  presetOf,
  presetSettings,
  varyAlike,
} from '../../../shared/domain/augmentation.ts';
import { Term } from '../../ui/term.tsx';
import { AugmentationFields } from './augmentation-fields.tsx';
import { AugmentationPreview } from './augmentation-preview.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** Stand in the choice beside the presets: what is recommended for these images, and a person's own numbers. */
const RECOMMENDED = 'recommended';
const OWN = 'own';

/** What may change in a picture without changing its answer: a preset, every number, and how it looks. */
export function AugmentationSection({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit } = plan;
  const { augmentation } = recipe;
  const change = (next: Partial<typeof augmentation>) =>
    edit({ ...recipe, augmentation: { ...augmentation, ...next } });
  const recommended = plan.recommendation.recipe.augmentation;
  const chosen = presetOf(augmentation) ?? (varyAlike(augmentation, recommended) ? RECOMMENDED : OWN);
  const choices = [
    ...(chosen === OWN ? [{ value: OWN, label: t('training.augmentation.own') }] : []),
    { value: RECOMMENDED, label: t('training.augmentation.recommended') },
    ...augmentationPresets.map((value) => ({ value, label: t(`training.augmentation.preset.${value}`) })),
  ];
  const choose = (value: string | null) => {
    const { domain } = augmentation;
    const preset = augmentationPresets.find((each) => each === value);
    if (preset !== undefined) change(presetSettings(preset, domain));
    else if (value === RECOMMENDED) change({ ...recommended, domain });
  };
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
          data={choices}
          value={chosen}
          allowDeselect={false}
          onChange={choose}
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
