import { dirname } from 'node:path';
import type { Problem } from '../../../shared/contract/common.ts';
import type { Task } from '../../../shared/contract/project.ts';
import type { FileIndex } from './file-index.ts';
import { flagOf } from './flags.ts';
import { suggestColumns } from './suggest-columns.ts';
import { openTable, type TableRow, type TableShape, tableRows } from './table.ts';

/** Which columns mean what, as the person chose; a name that the table lacks gives way to the suggestion. */
export type TableChoice = {
  readonly fileColumn?: string | undefined;
  readonly labelColumns?: readonly string[] | undefined;
  readonly groupColumn?: string | undefined;
  readonly foldColumn?: string | undefined;
  readonly names?: Readonly<Record<string, string>> | undefined;
};

/** What the table says of one image. */
export type TableEntry = {
  /** Names of classes; empty with `nothing` false: the row gives no label. */
  readonly labels: readonly string[];
  /** Every flag is 0: checked, none of the classes is in it. */
  readonly nothing: boolean;
  readonly group: string | null;
  readonly fold: number | null;
};

/** A table of labels, read and matched with files. */
export type LabelTable = {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly suggestedFileColumn: string | null;
  readonly suggestedLabelColumns: readonly string[];
  /** From the position of a file in the index to what the table says of it. */
  readonly entries: ReadonlyMap<number, TableEntry>;
  readonly unmatched: readonly Problem[];
  readonly invalid: readonly Problem[];
};

/** Problems listed one by one; of more only the number matters, and `rows` minus matched says it. */
export const listedProblems = 1000;

/**
 * Reads a table of labels and matches its rows with files; nothing is written anywhere. A row that is wrong is
 * reported with its line and left out; the others count. Throws CSV_INVALID where it is no table at all.
 */
export async function readLabelTable(options: {
  readonly path: string;
  readonly index: FileIndex;
  readonly task: Task;
  readonly choice: TableChoice;
  readonly signal?: AbortSignal | undefined;
}): Promise<LabelTable> {
  const { path, index, task, choice, signal } = options;
  const folder = dirname(path);
  const shape = await openTable(
    path,
    (cell) => /\.\w{3,4}$/.test(cell.trim()) && index.find(cell, folder) !== 'none',
  );
  const suggested = await suggestColumns(shape, (cell) => index.find(cell, folder), task);
  const known = (name: string | undefined) =>
    name !== undefined && shape.columns.includes(name) ? name : null;
  const labelColumns = (choice.labelColumns ?? []).filter((name) => shape.columns.includes(name));
  const reader = new RowReader(shape, task, {
    file: known(choice.fileColumn) ?? suggested.file,
    labels: labelColumns.length > 0 ? labelColumns : suggested.labels,
    group: known(choice.groupColumn),
    fold: known(choice.foldColumn),
    names: new Map(Object.entries(choice.names ?? {})),
  });
  for await (const row of tableRows(shape, signal)) reader.take(row, (cell) => index.find(cell, folder));
  return {
    columns: shape.columns,
    suggestedFileColumn: suggested.file,
    suggestedLabelColumns: suggested.labels,
    ...reader.result(),
  };
}

type Columns = {
  readonly file: string | null;
  readonly labels: readonly string[];
  readonly group: string | null;
  readonly fold: string | null;
  readonly names: ReadonlyMap<string, string>;
};

/** Why a row is left out; caught for each row. */
class RowError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

class RowReader {
  readonly #columns: Columns;
  readonly #shape: TableShape;
  readonly #task: Task;
  readonly #entries = new Map<number, TableEntry>();
  readonly #unmatched: Problem[] = [];
  readonly #invalid: Problem[] = [];
  #rows = 0;

  constructor(shape: TableShape, task: Task, columns: Columns) {
    this.#shape = shape;
    this.#task = task;
    this.#columns = columns;
  }

  take(row: TableRow, find: (cell: string) => ReturnType<FileIndex['find']>): void {
    this.#rows += 1;
    const file = this.#cell(row, this.#columns.file);
    try {
      if (file === '') throw new RowError('NO_FILE', 'names no file');
      const match = find(file);
      if (match === 'none') {
        const message = `Line ${row.line}: “${shown(file)}” is not among the images.`;
        if (this.#unmatched.length < listedProblems)
          this.#unmatched.push({ file: shown(file), code: 'NOT_AMONG_FILES', message });
        return;
      }
      if (match === 'ambiguous')
        throw new RowError('AMBIGUOUS', `“${shown(file)}” could be several images; write its folder too`);
      this.#merge(match, this.#entry(row));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      const message = `Line ${row.line}: ${error.message}.`;
      if (this.#invalid.length < listedProblems)
        this.#invalid.push({ file: shown(file) || String(row.line), code: error.code, message });
    }
  }

  result(): Pick<LabelTable, 'rows' | 'entries' | 'unmatched' | 'invalid'> {
    return {
      rows: this.#rows,
      entries: this.#entries,
      unmatched: this.#unmatched,
      invalid: this.#invalid,
    };
  }

  #entry(row: TableRow): TableEntry {
    const { labels, fold, group } = this.#columns;
    const given = labels.length > 1 ? this.#flags(row) : this.#names(row);
    if (this.#task === 'singleLabel' && given.labels.length > 1)
      throw new RowError('TWO_LABELS', `gives ${given.labels.length} classes where one is allowed`);
    return { ...given, group: this.#cell(row, group) || null, fold: foldOf(this.#cell(row, fold)) };
  }

  /** One column a class, 1 where the image has it. */
  #flags(row: TableRow): Pick<TableEntry, 'labels' | 'nothing'> {
    const labels: string[] = [];
    let given = 0;
    for (const column of this.#columns.labels) {
      const flag = flagOf(this.#cell(row, column));
      if (flag === 'bad')
        throw new RowError(
          'NOT_A_FLAG',
          `column “${column}” holds “${shown(this.#cell(row, column))}”, not 0 or 1`,
        );
      if (flag !== null) given += 1;
      if (flag === true) labels.push(this.#columns.names.get(column) ?? column);
    }
    const allZero = labels.length === 0 && given === this.#columns.labels.length;
    if (allZero && this.#task === 'singleLabel')
      throw new RowError('NO_CLASS', 'every flag is 0, so the image has none of the classes');
    return { labels, nothing: allZero };
  }

  /** One column with the class; where several are allowed, `a|b` or `a;b` names two. */
  #names(row: TableRow): Pick<TableEntry, 'labels' | 'nothing'> {
    const [column] = this.#columns.labels;
    const cell = this.#cell(row, column ?? null);
    const parts = this.#task === 'multiLabel' ? cell.split(/[|;]/) : [cell];
    const labels = parts.map((part) => this.#className(part.trim())).filter((name) => name !== '');
    const tooLong = labels.find((name) => name.length > 200);
    if (tooLong !== undefined)
      throw new RowError('NAME_TOO_LONG', `“${shown(tooLong)}” is too long for a class`);
    return { labels: [...new Set(labels)], nothing: false };
  }

  #className(text: string): string {
    const { names } = this.#columns;
    // A spreadsheet turns whole numbers into 3.0 or 3,0 when a cell of the column is empty.
    const whole = text.replace(/^(-?\d+)[.,]0+$/, '$1');
    return (names.get(text) ?? names.get(whole) ?? whole).trim();
  }

  #merge(match: number, entry: TableEntry): void {
    const before = this.#entries.get(match);
    if (!before) {
      this.#entries.set(match, entry);
      return;
    }
    const labels = [...new Set([...before.labels, ...entry.labels])];
    if (this.#task === 'singleLabel' && labels.length > 1)
      throw new RowError(
        'TWO_LABELS',
        `a line before says “${shown(before.labels[0] ?? '')}” of the same image`,
      );
    this.#entries.set(match, {
      labels,
      nothing: labels.length === 0 && (before.nothing || entry.nothing),
      group: before.group ?? entry.group,
      fold: before.fold ?? entry.fold,
    });
  }

  #cell(row: TableRow, column: string | null): string {
    const index = column === null ? -1 : this.#shape.columns.indexOf(column);
    return (row.cells[index] ?? '').trim().normalize('NFC');
  }
}

function foldOf(cell: string): number | null {
  if (cell === '') return null;
  const fold = Number(cell.replace(',', '.'));
  if (!Number.isInteger(fold) || fold < 0 || fold > 999)
    throw new RowError('BAD_FOLD', `“${shown(cell)}” is no fold; folds are whole numbers from 0`);
  return fold;
}

function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
