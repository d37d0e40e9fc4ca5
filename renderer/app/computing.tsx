import { Tooltip } from '@mantine/core';
import { IconCpu } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ExecutorReport, RunComputing, UsedExecutor } from '../../shared/contract/executor.ts';
import { studio } from '../api/index.ts';
import { useFormats } from './language/use-formats.ts';
import styles from './status-bar.module.css';

/**
 * What computes here, really, and how fast it was measured to be: what a training that goes on has `loaded`, else what one
 * would. A chosen one that is missing is said out loud.
 */
export function Computing({ loaded }: { readonly loaded: RunComputing | null }) {
  const { t } = useTranslation();
  const state = useQuery(studio.computing.state.queryOptions()).data;
  if (loaded !== null) return <Used {...loaded.training} measured={loaded.measured} />;
  if (state === undefined) return null;
  if (state.measuring !== null) {
    return <span className={styles.item}>{t('computing.status.measuring')}</span>;
  }
  if (state.decision === null) {
    return <span className={styles.warning}>{t('computing.status.missing')}</span>;
  }
  const { roles, used } = state.decision;
  const training = used.find((each) => each.id === roles.training);
  return (
    <Used
      id={roles.training}
      title={training?.title ?? roles.training}
      device={training?.device ?? null}
      measured={used}
    />
  );
}

/** An executor and the rate that was measured of it. */
function Used({
  id,
  title,
  device,
  measured,
}: Pick<UsedExecutor, 'id' | 'title' | 'device'> & { readonly measured: readonly ExecutorReport[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const rate = measured.find((each) => each.id === id)?.trainingRate ?? null;
  const words =
    rate === null
      ? t('computing.status.unmeasured', { title })
      : t('computing.status.measured', { title, rate: formats.number(rate, rate < 10 ? 1 : 0) });
  const where = device === null ? t('computing.onProcessor') : t('computing.onDevice', { device });
  return (
    <Tooltip label={`${where} ${t('computing.status.why')}`} multiline maw={320}>
      <span className={styles.item}>
        <IconCpu size={14} aria-hidden />
        {words}
      </span>
    </Tooltip>
  );
}
