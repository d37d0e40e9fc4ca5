import type { ImportPlan, LabelSource } from '../../../shared/contract/images.ts';
import type { Task } from '../../../shared/contract/project.ts';
import { createFileIndex } from '../formats/file-index.ts';
import { type LabelTable, readLabelTable, type TableEntry } from '../formats/label-table.ts';
import { type ClassFolders, findClassFolders, folderAt } from './class-folders.ts';
import type { Scan } from './scan.ts';

/** Where labels come from, with the path that a grant stands for. */
export type LabelOrder =
  | { readonly kind: 'none' }
  | { readonly kind: 'folders' }
  | (Omit<Extract<LabelSource, { kind: 'csv' }>, 'csv'> & { readonly path: string });

/** What the labels of an import would be; positions are those of the scan's files. */
export type LabelPlan = {
  readonly folders: ClassFolders | null;
  readonly table: LabelTable | null;
  readonly entries: ReadonlyMap<number, TableEntry>;
};

/** Works out the labels of an import from folders or a table; reads, writes nothing. CSV_INVALID for a bad table. */
export async function planLabels(
  scan: Scan,
  order: LabelOrder,
  task: Task,
  signal?: AbortSignal,
): Promise<LabelPlan> {
  const folders = findClassFolders(scan.files.map(({ relPath }) => relPath));
  if (order.kind === 'none') return { folders, table: null, entries: new Map() };
  if (order.kind === 'folders') return { folders, table: null, entries: folderEntries(scan, folders) };
  const index = await createFileIndex(scan.files);
  const table = await readLabelTable({ path: order.path, index, task, choice: order, signal });
  return { folders, table, entries: table.entries };
}

function folderEntries(scan: Scan, folders: ClassFolders | null): Map<number, TableEntry> {
  const entries = new Map<number, TableEntry>();
  if (folders === null) return entries;
  for (const [index, file] of scan.files.entries()) {
    const name = folderAt(file.relPath, folders.depth);
    if (name !== null) entries.set(index, { labels: [name], nothing: false, group: null, fold: null });
  }
  return entries;
}

/** The table's part of the dry-run report. */
export function tableReport(table: LabelTable, files: number): NonNullable<ImportPlan['csv']> {
  return {
    columns: [...table.columns],
    rows: table.rows,
    suggestedFileColumn: table.suggestedFileColumn,
    suggestedLabelColumns: [...table.suggestedLabelColumns],
    matched: table.entries.size,
    unmatchedRows: [...table.unmatched],
    imagesWithoutRow: files - table.entries.size,
    invalidRows: [...table.invalid],
  };
}

/** How many images each class would get, most first. */
export function classCounts(entries: ReadonlyMap<number, TableEntry>): { name: string; images: number }[] {
  const counts = new Map<string, number>();
  for (const { labels } of entries.values()) {
    for (const name of labels) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, images]) => ({ name, images })).sort((a, b) => b.images - a.images);
}
