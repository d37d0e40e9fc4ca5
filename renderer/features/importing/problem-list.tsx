import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../shared/contract/common.ts';
import styles from './importing.module.css';

const shown = 200;
const translated = ['FILE_UNREADABLE', 'FILE_MISSING', 'IMAGE_TOO_LARGE', 'NO_PERMISSION'] as const;

/** Files or rows that did not work, each with its reason. */
export function ProblemList({
  title,
  problems,
}: {
  readonly title: string;
  readonly problems: readonly Problem[];
}) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  const reason = ({ code, message }: Problem) => {
    const known = translated.find((candidate) => candidate === code);
    return known === undefined ? message : t(`importing.problem.${known}`);
  };
  return (
    <div className={styles.problems}>
      <Text size="sm" fw={600} mb="xs">
        {title}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is reached by the keyboard */}
      <section className={styles.scroll} aria-label={title} tabIndex={0}>
        <Table fz="xs" verticalSpacing={4} horizontalSpacing="xs" withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('common.file')}</Table.Th>
              <Table.Th>{t('common.reason')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {problems.slice(0, shown).map((problem) => (
              <Table.Tr key={`${problem.file} ${problem.message}`}>
                <Table.Td className={styles.file}>{problem.file}</Table.Td>
                <Table.Td>{reason(problem)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {problems.length > shown && (
          <Text size="xs" c="dimmed">
            {t('common.andMore', { count: problems.length - shown })}
          </Text>
        )}
      </section>
    </div>
  );
}
