import { Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ComputingState } from '../../../shared/contract/computing.ts';
import { type ExecutorId, executorChoice } from '../../../shared/contract/executor.ts';
import { reasonText } from '../../../shared/domain/executor-reasons.ts';
import { studio } from '../../api/index.ts';
import { languageOfReasons } from '../../app/language/index.ts';
import { useExecutorRates } from '../../app/language/use-executor-rates.ts';
import type { Plan } from './use-plan.ts';

/** The list's entry for what is set in Settings. */
const asSet = 'asSet';

const reportOf = (state: ComputingState | undefined, id: ExecutorId | undefined) =>
  state?.executors?.find((each) => each.id === id);

/** What computes this one training, where it is to be another than usually, and how exactly it keeps descriptions. */
export function ComputingFields({ plan }: { readonly plan: Plan }) {
  const { t, i18n } = useTranslation();
  const ratesOf = useExecutorRates();
  const state = useQuery(studio.computing.state.queryOptions()).data;
  const { executor, chooseExecutor, recipe, edit } = plan;
  const usual = reportOf(state, state?.decision?.roles.training);
  const chosen = executor === null || executor === 'auto' ? usual : reportOf(state, executor);
  // What was chosen stays in the list where it can no longer be used: it must be seen to be changed.
  const offered = state?.executors?.filter((each) => each.usable || each.id === executor) ?? [];
  return (
    <Stack gap={4} maw="28rem">
      <Select
        label={t('computing.forOne')}
        allowDeselect={false}
        value={executor ?? asSet}
        data={[
          {
            value: asSet,
            label: usual ? t('computing.asInSettings', { title: usual.title }) : t('computing.asSet'),
          },
          ...offered.map((each) => ({ value: each.id, label: each.title })),
        ]}
        onChange={(value) => chooseExecutor(executorChoice.nullable().catch(null).parse(value))}
      />
      {chosen?.usable && <Text size="xs">{ratesOf(chosen)}</Text>}
      {chosen?.reason && <Text size="xs">{reasonText(chosen.reason, languageOfReasons(i18n.language))}</Text>}
      <Text size="xs" c="dimmed">
        {t('computing.forOneWhy')}
      </Text>
      {recipe.backbone !== null && (
        <Select
          mt="sm"
          label={t('conduct.precision')}
          data={(['half', 'single'] as const).map((value) => ({
            value,
            label: t(`conduct.precisions.${value}`),
          }))}
          value={recipe.cachePrecision}
          allowDeselect={false}
          onChange={(cachePrecision) => cachePrecision !== null && edit({ ...recipe, cachePrecision })}
        />
      )}
    </Stack>
  );
}

/** Says what computes the next training where that is not as usual. */
export function ChosenExecutor({ plan: { executor } }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const state = useQuery(studio.computing.state.queryOptions()).data;
  if (executor === null || executor === 'auto') return null;
  const title = reportOf(state, executor)?.title ?? executor;
  return (
    <Text size="xs" c="dimmed">
      {t('computing.forOneOnly', { title })}
    </Text>
  );
}
