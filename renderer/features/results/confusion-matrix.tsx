import { Text, Title, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RunResults } from '../../../shared/contract/training.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { Term } from '../../ui/term.tsx';
import styles from './results.module.css';

/** Position of a cell of the matrix: row of the true class, column of the answer. */
export interface CellPosition {
  readonly truth: number;
  readonly answer: number;
}

/** Counts of true class against answer; each cell that holds images opens them. */
export function ConfusionMatrix({
  results,
  selected,
  onSelect,
}: {
  readonly results: RunResults;
  readonly selected: CellPosition | null;
  readonly onSelect: (cell: CellPosition) => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { classes, confusion } = results;
  if (confusion === null) return null;
  return (
    <section aria-labelledby="confusion-title">
      <Title order={2} id="confusion-title">
        {t('results.confusion.title')}{' '}
        <Term word={t('results.confusion.term')} why={t('results.confusion.why')} />
      </Title>
      <div className={styles.scroll}>
        <table className={styles.matrix}>
          <thead>
            <tr>
              <th>
                <Text component="span" size="xs" c="dimmed">
                  {t('results.confusion.row')} ↓ · {t('results.confusion.column')} →
                </Text>
              </th>
              {classes.map(({ classId, name }) => (
                <th key={classId} scope="col" className={styles.matrixColumn}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {confusion.map((row, truth) => {
              const total = row.reduce((sum, count) => sum + count, 0);
              return (
                <tr key={classes[truth]?.classId}>
                  <th scope="row" className={styles.matrixRow}>
                    {classes[truth]?.name}
                  </th>
                  {row.map((count, answer) => {
                    const share = total === 0 ? 0 : count / total;
                    const isSelected = selected?.truth === truth && selected.answer === answer;
                    const label = t('results.confusion.cell', {
                      count,
                      truth: classes[truth]?.name ?? '',
                      answer: classes[answer]?.name ?? '',
                    });
                    return (
                      <td key={classes[answer]?.classId}>
                        <Tooltip label={`${label} · ${formats.percent(share)}`}>
                          <button
                            type="button"
                            className={styles.cell}
                            data-right={truth === answer || undefined}
                            aria-pressed={isSelected}
                            aria-label={label}
                            disabled={count === 0}
                            style={{ '--share': share.toFixed(3) } as React.CSSProperties}
                            onClick={() => onSelect({ truth, answer })}
                          >
                            {count === 0 ? '·' : formats.number(count)}
                          </button>
                        </Tooltip>
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
