import { Select, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { failureOf, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { failureText } from '../../app/notices.tsx';

function Verdict({ first, second }: { readonly first: RunId; readonly second: RunId }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const comparison = useQuery(studio.training.compare.queryOptions({ input: { first, second } }));
  if (comparison.error) return <Text size="sm">{failureText(failureOf(comparison.error))}</Text>;
  if (comparison.data === undefined) return null;
  const { difference, verdict, images, onlyFirstRight, onlySecondRight, pValue } = comparison.data;
  // "The other is better by 3" is told with the signs turned round.
  const sign = verdict === 'worse' ? -1 : 1;
  const points = (value: number | null) => formats.number(sign * 100 * (value ?? 0), 1);
  const [low, high] =
    verdict === 'worse' ? [difference.high, difference.low] : [difference.low, difference.high];
  return (
    <Stack gap={4}>
      <Text>
        {t(`results.compare.${verdict}`, {
          points: points(difference.value),
          low: points(low),
          high: points(high),
          images,
        })}
      </Text>
      <Text size="xs" c="dimmed">
        {t('results.compare.detail', {
          first: onlyFirstRight,
          second: onlySecondRight,
          p: formats.number(pValue, 3),
        })}
      </Text>
    </Stack>
  );
}

/** This run against another on the same images: the difference, how sure it is, in words. */
export function Comparison({
  run,
  runs,
}: {
  readonly run: RunSummary;
  readonly runs: readonly RunSummary[];
}) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const others = runs.filter(
    ({ id, state, accuracy }) => id !== run.id && state === 'done' && accuracy !== null,
  );
  const other = others.find(({ id }) => id === chosen);
  return (
    <section aria-labelledby="compare-title">
      <Title order={2} id="compare-title" mb="xs">
        {t('results.compare.title')}
      </Title>
      {others.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('results.compare.none')}
        </Text>
      ) : (
        <Stack gap="sm">
          <Select
            maw="24rem"
            aria-label={t('results.compare.pick')}
            placeholder={t('results.compare.pick')}
            data={others.map(({ id, name }) => ({ value: id, label: name }))}
            value={chosen}
            onChange={setChosen}
          />
          {other !== undefined && <Verdict first={run.id} second={other.id} />}
        </Stack>
      )}
    </section>
  );
}
