import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { inHundred } from './headline.tsx';
import styles from './results.module.css';

/** All trainings of the project, the newest first, each with its number or its state. */
export function RunList({
  runs,
  chosen,
  onChoose,
}: {
  readonly runs: readonly RunSummary[];
  readonly chosen: RunId | null;
  readonly onChoose: (run: RunId) => void;
}) {
  const { t } = useTranslation();
  return (
    <nav className={styles.list} aria-label={t('results.runs')}>
      {runs.map((run) => {
        const short = run.accuracy === null ? null : inHundred(run.accuracy);
        return (
          <button
            key={run.id}
            type="button"
            className={styles.run}
            aria-current={run.id === chosen ? 'true' : undefined}
            onClick={() => onChoose(run.id)}
          >
            <Text component="span" size="sm" display="block" truncate>
              {run.name}
            </Text>
            <Text component="span" size="xs" c="dimmed">
              {t(`results.strategy.${run.strategy}`)} ·{' '}
              {short === null ? t(`results.state.${run.state}`) : `${short.right} ± ${short.give}`}
            </Text>
          </button>
        );
      })}
    </nav>
  );
}
