import { Anchor, Collapse, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import {
  type ExecutorReport,
  fullNameOf,
  type RunComputing,
  releaseOf,
  runComputing,
} from '../../../shared/contract/executor.ts';
import type { RunResults } from '../../../shared/contract/training.ts';
import { reasonText } from '../../../shared/domain/executor-reasons.ts';
import { languageOfReasons } from '../../app/language/index.ts';
import { useExecutorRates } from '../../app/language/use-executor-rates.ts';
import styles from './results.module.css';

/** What computed a training, how fast it was measured to be, and why the others did not; nothing for runs of earlier versions. */
export function ComputedBy({ results }: { readonly results: RunResults }) {
  const { t } = useTranslation();
  const recorded = runComputing.safeParse(results.record.computing);
  if (!recorded.success) return null;
  const { training, forward, why, notUsed } = recorded.data;
  return (
    <section aria-labelledby="computed-title">
      <Title order={2} id="computed-title">
        {t('results.computed.title')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t(`results.computed.why.${why}`)}
      </Text>
      {training.id === forward.id ? (
        <Used used={training} part="everything" recorded={recorded.data} />
      ) : (
        <>
          <Used used={training} part="training" recorded={recorded.data} />
          <Used used={forward} part="forward" recorded={recorded.data} />
        </>
      )}
      {notUsed.length > 0 && <NotUsed reports={notUsed} />}
    </section>
  );
}

function Used({
  used,
  part,
  recorded,
}: {
  readonly used: RunComputing['training'];
  readonly part: 'everything' | 'training' | 'forward';
  readonly recorded: RunComputing;
}) {
  const { t } = useTranslation();
  const ratesOf = useExecutorRates();
  const measured = recorded.measured.find(({ id }) => id === used.id);
  const where =
    used.device === null
      ? t('results.computed.processor')
      : t('results.computed.device', { device: used.device });
  return (
    <Text size="sm">
      {t(`results.computed.${part}`, {
        name: fullNameOf({ ...used, version: releaseOf(used.version) }),
        where,
      })}{' '}
      {typeof measured?.trainingRate === 'number'
        ? t('results.computed.measured', { rates: ratesOf(measured) })
        : t('results.computed.notMeasured')}
    </Text>
  );
}

function NotUsed({ reports }: { readonly reports: readonly ExecutorReport[] }) {
  const { t, i18n } = useTranslation();
  const ratesOf = useExecutorRates();
  const [isOpen, { toggle }] = useDisclosure(false);
  const whyNot = (report: ExecutorReport): string => {
    if (report.reason !== null) return reasonText(report.reason, languageOfReasons(i18n.language));
    return report.code === null ? ratesOf(report) : t(`computing.code.${report.code}`);
  };
  return (
    <>
      <Anchor component="button" type="button" size="sm" aria-expanded={isOpen} onClick={toggle}>
        {t('results.computed.others', { count: reports.length })}
      </Anchor>
      <Collapse expanded={isOpen}>
        <ul className={styles.reasons}>
          {reports.map((each) => (
            <li key={each.id}>
              {each.title}: {whyNot(each)}
            </li>
          ))}
        </ul>
      </Collapse>
    </>
  );
}
