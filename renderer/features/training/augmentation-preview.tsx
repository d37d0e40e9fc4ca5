import { Button, Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDice5 } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { failureOf, previewUrl, studio } from '../../api/index.ts';
import { failureText } from '../../app/notices.tsx';
import { LateLoader } from '../../ui/late-loader.tsx';

/** A sheet takes about a second to draw; it follows a slider that has come to rest. */
const REST_MS = 600;

/** The person's own images as training would see them; every draw shows other ones. */
export function AugmentationPreview({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation();
  const [draw, setDraw] = useState(0);
  const { augmentation, backbone, shape, size } = recipe;
  const [key] = useDebouncedValue(JSON.stringify({ augmentation, backbone, shape, size }), REST_MS);
  const preview = useQuery({
    ...studio.training.previewAugmentation.queryOptions({ input: { recipe, draw } }),
    queryKey: ['augmentation preview', key, draw],
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {t('training.augmentation.preview')}
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDice5 size={16} aria-hidden />}
          onClick={() => setDraw((last) => last + 1)}
        >
          {t('training.augmentation.again')}
        </Button>
        {preview.isFetching && <LateLoader label={t('training.augmentation.drawing')} />}
      </Group>
      <Text size="sm" c="dimmed">
        {t('training.augmentation.look')}
      </Text>
      {preview.error !== null && (
        <Text size="sm" role="alert">
          {failureText(failureOf(preview.error))}
        </Text>
      )}
      {preview.data !== undefined && (
        <img
          src={previewUrl(preview.data.sheet, preview.data.version)}
          alt={t('training.augmentation.alt', { count: preview.data.images, views: preview.data.views })}
          style={{ maxWidth: '100%', maxHeight: '70vh', objectFit: 'contain', alignSelf: 'flex-start' }}
        />
      )}
    </Stack>
  );
}
