import type { Task } from '../../../shared/contract/project.ts';
import type { FileMatch } from './file-index.ts';
import { flagOf } from './flags.ts';
import { type TableShape, tableRows } from './table.ts';

/** The columns that most likely name the file and the class. */
export type SuggestedColumns = { readonly file: string | null; readonly labels: readonly string[] };

/** Rows that are looked at; more do not change the answer. */
const sampledRows = 2000;
/** A column with more different texts than this is no list of classes. */
const mostClasses = 200;
/** So many different texts are never too many, however short the table is. */
const fewClasses = 10;
const labelNames =
  /class|label|categor|target|species|diagnos|disease|stress|rótulo|rotulo|espécie|doença|praga|etiqueta/i;
const otherNames =
  /^(id|index|fold|split|set|subset|group|plant|patient|plot|width|height|date|time|year|lat|lon|score|bbox|x|y|w|h)$/i;

type Column = {
  readonly name: string;
  readonly files: Set<number>;
  readonly values: Set<string>;
  filled: number;
  flags: number;
  words: number;
};

/**
 * Suggests the file column (the one whose cells name the most different files) and the label column or, where
 * several labels are allowed, all columns of 0/1 flags. A suggestion only: the person sees and changes it.
 */
export async function suggestColumns(
  shape: TableShape,
  find: (cell: string) => FileMatch,
  task: Task,
): Promise<SuggestedColumns> {
  const columns = shape.columns.map(
    (name): Column => ({ name, files: new Set(), values: new Set(), filled: 0, flags: 0, words: 0 }),
  );
  let rows = 0;
  for await (const { cells } of tableRows(shape)) {
    if (++rows > sampledRows) break;
    for (const [index, column] of columns.entries()) look(column, (cells[index] ?? '').trim(), find);
  }
  const file = columns.reduce<Column | null>(
    (best, column) => (column.files.size > (best?.files.size ?? 0) ? column : best),
    null,
  );
  const others = columns.filter((column) => column !== file && !otherNames.test(column.name.trim()));
  return { file: file?.name ?? null, labels: labelsAmong(others, rows, task).map(({ name }) => name) };
}

function look(column: Column, cell: string, find: (cell: string) => FileMatch): void {
  if (cell === '') return;
  column.filled += 1;
  if (column.values.size <= mostClasses) column.values.add(cell);
  if (typeof flagOf(cell) === 'boolean') column.flags += 1;
  if (/\p{L}/u.test(cell)) column.words += 1;
  const match = find(cell);
  if (typeof match === 'number') column.files.add(match);
}

function labelsAmong(columns: readonly Column[], rows: number, task: Task): readonly Column[] {
  const filled = columns.filter((column) => column.filled > 0);
  const flags = filled.filter((column) => column.flags === column.filled && column.values.size <= 2);
  if (task === 'multiLabel' && flags.length > 1) return flags;
  const lists = filled.filter(
    (column) =>
      !(flags.length > 1 && flags.includes(column)) &&
      column.values.size <= Math.min(mostClasses, Math.max(fewClasses, rows / 2)),
  );
  const best =
    lists.find((column) => labelNames.test(column.name)) ??
    lists.find((column) => column.words === column.filled && column.values.size > 1) ??
    lists.find((column) => column.values.size > 1);
  return best ? [best] : flags;
}
