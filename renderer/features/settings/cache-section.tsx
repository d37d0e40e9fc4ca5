import { Button, Group, NumberInput, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { useSettings } from '../../app/use-settings.ts';
import { useUpdateSettings } from './preferences.tsx';

/** What the open project keeps of its images' descriptions, how much it may, and a way to be rid of it. */
export function CacheSection() {
  const { t } = useTranslation();
  const formats = useFormats();
  const queries = useQueryClient();
  const { cacheShare } = useSettings();
  const update = useUpdateSettings();
  // Fails where no project is open: then there is nothing to show.
  const cache = useQuery({ ...studio.training.cache.queryOptions(), retry: false });
  const refresh = () => queries.invalidateQueries({ queryKey: studio.training.cache.key() });
  const clear = useMutation({
    ...studio.training.clearCache.mutationOptions(),
    onSuccess: refresh,
    onError: showFailure,
  });
  return (
    <div>
      <Text size="sm" fw={600}>
        {t('conduct.cache')}
      </Text>
      {cache.data && (
        <Text size="xs" c="dimmed" mb="xs">
          {t('conduct.cacheWhat', {
            size: formats.bytes(cache.data.bytes),
            limit: formats.bytes(cache.data.limit),
          })}
        </Text>
      )}
      <Group align="end">
        <NumberInput
          size="sm"
          label={t('conduct.cacheShare')}
          suffix=" %"
          min={1}
          max={95}
          value={Math.round(100 * cacheShare)}
          onChange={(value) => {
            if (typeof value !== 'number' || value < 1 || value > 95) return;
            update({ cacheShare: value / 100 });
            void refresh();
          }}
        />
        {cache.data && cache.data.bytes > 0 && (
          <Button
            variant="default"
            size="sm"
            loading={clear.isPending}
            onClick={() => clear.mutate(undefined)}
          >
            {t('conduct.clearCache')}
          </Button>
        )}
      </Group>
    </div>
  );
}
