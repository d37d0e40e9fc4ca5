import { Table, Title, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Estimate } from '../../../shared/contract/common.ts';
import type { RunResults } from '../../../shared/contract/training.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { Term } from '../../ui/term.tsx';
import styles from './results.module.css';

/** A share with its 95 % interval: the number, and a bar in which the interval can be seen. */
function EstimateCell({ estimate }: { readonly estimate: Estimate }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { value, low, high } = estimate;
  if (value === null) {
    return (
      <Tooltip label={t('results.classes.undefined')}>
        <span>–</span>
      </Tooltip>
    );
  }
  const from = low ?? value;
  const to = high ?? value;
  return (
    <Tooltip label={`${formats.percent(from, 1)} – ${formats.percent(to, 1)}`}>
      <span className={styles.estimate}>
        <span className={styles.estimateNumber}>{formats.percent(value)}</span>
        <svg
          viewBox="0 0 100 10"
          className={styles.estimateBar}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <line x1="0" x2="100" y1="5" y2="5" className={styles.axis} />
          <rect
            x={from * 100}
            width={Math.max((to - from) * 100, 1)}
            y="2"
            height="6"
            className={styles.interval}
          />
          <rect x={value * 100 - 1} width="2" y="0" height="10" className={styles.point} />
        </svg>
      </span>
    </Tooltip>
  );
}

/** Recall, precision and F1 of each class with intervals; the hardest class, the one least often found, first. */
export function ClassTable({ results }: { readonly results: RunResults }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const rows = [...results.classes].sort((a, b) => (a.recall.value ?? -1) - (b.recall.value ?? -1));
  return (
    <section aria-labelledby="classes-title">
      <Title order={2} id="classes-title">
        {t('results.classes.title')}
      </Title>
      <div className={styles.scroll}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('results.classes.name')}</Table.Th>
              <Table.Th ta="right">{t('results.classes.support')}</Table.Th>
              {(['recall', 'precision', 'f1'] as const).map((key) => (
                <Table.Th key={key}>
                  <Term word={t(`results.classes.${key}`)} why={t(`results.classes.${key}Why`)} />
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.classId}>
                <Table.Td>{row.name}</Table.Td>
                <Table.Td ta="right">{formats.number(row.support)}</Table.Td>
                <Table.Td>
                  <EstimateCell estimate={row.recall} />
                </Table.Td>
                <Table.Td>
                  <EstimateCell estimate={row.precision} />
                </Table.Td>
                <Table.Td>
                  <EstimateCell estimate={row.f1} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
