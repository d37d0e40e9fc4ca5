import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Note } from '../../../shared/contract/advice.ts';
import type { Estimate } from '../../../shared/contract/common.ts';
import type { RunResults } from '../../../shared/contract/training.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import styles from './results.module.css';

/** "81 of 100, give or take 5": both rounded so that the interval is never told narrower than it is. */
export function inHundred(estimate: Estimate): { readonly right: number; readonly give: number } | null {
  const { value, low, high } = estimate;
  if (value === null) return null;
  const half = Math.max(value - (low ?? value), (high ?? value) - value);
  // The small step back keeps 0.05 from becoming 6 through binary fractions.
  return { right: Math.round(value * 100), give: Math.ceil(half * 100 - 1e-9) };
}

/** The class that is found least often; `null` when no class has a recall. */
export function hardestClass(results: RunResults): { readonly name: string; readonly right: number } | null {
  const known = results.classes.flatMap(({ name, recall }) =>
    recall.value === null ? [] : [{ name, recall: recall.value }],
  );
  const worst = known.sort((a, b) => a.recall - b.recall)[0];
  return worst === undefined ? null : { name: worst.name, right: Math.round(worst.recall * 100) };
}

function NoteLine({ note }: { readonly note: Note }) {
  const { t } = useTranslation();
  const count = note.params.images ?? note.params.groups;
  return (
    <Alert variant="light" color="yellow" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />}>
      <Text size="sm">
        {t(`results.note.${note.code}` as 'results.note.cannotValidate', {
          ...note.params,
          ...(count === undefined ? {} : { count }),
        })}
      </Text>
    </Alert>
  );
}

/** The first lines of a result: what puts it in doubt, then the number, then the worst class. */
export function Headline({ results }: { readonly results: RunResults }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const short = inHundred(results.accuracy);
  const worst = hardestClass(results);
  const percent = (value: number | null) => (value === null ? '–' : formats.percent(value, 1));
  const range = ({ value, low, high }: Estimate) => ({
    value: percent(value),
    low: percent(low),
    high: percent(high),
  });
  return (
    <Stack gap="xs">
      {results.notes.map((note, index) => (
        <NoteLine key={`${note.code}-${index.toString()}`} note={note} />
      ))}
      {short === null ? (
        <Text className={styles.headline}>{t('results.noNumber')}</Text>
      ) : (
        <>
          <h1 className={styles.headline}>
            {t(results.confusion === null ? 'results.headlineMulti' : 'results.headline', short)}
          </h1>
          <Text size="sm" c="dimmed">
            {t('results.headlineExact', { ...range(results.accuracy), tested: results.tested })}
          </Text>
          <div className={styles.facts}>
            {worst !== null && <span>{t('results.worst', worst)}</span>}
            {results.balancedAccuracy.value !== null && (
              <span>{t('results.balanced', range(results.balancedAccuracy))}</span>
            )}
            <span>{t('results.baseline', { value: Math.round(results.baseline * 100) })}</span>
          </div>
        </>
      )}
    </Stack>
  );
}
