import { basename } from 'node:path';
import type { GroupRule, ImportPlan, LabelSource } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { GrantId } from '../../../shared/domain/ids.ts';
import type { EngineContext } from '../context.ts';
import { createFileIndex } from '../formats/file-index.ts';
import { type LabelTable, readLabelTable } from '../formats/label-table.ts';
import { classByName } from '../stores/classes.ts';
import { groupKeys } from './groups.ts';
import { classCounts, type LabelOrder, planLabels, tableReport } from './label-plan.ts';
import { knownFiles, pathKey } from './places.ts';
import { nothingFound, type Scan, type ScanOptions, scanPaths } from './scan.ts';

/** What the page asks to import. */
export type ImportWish = {
  readonly source: GrantId;
  readonly labels: LabelSource;
  readonly groups: GroupRule;
};

/** Scans what a grant stands for; FOLDER_EMPTY where no image is in it. */
export async function scanGrant(
  context: EngineContext,
  source: GrantId,
  options: ScanOptions,
): Promise<Scan> {
  const paths = context.grants.paths(source, 'folder', 'file', 'files');
  const scan = await scanPaths(paths, options);
  if (scan.files.length > 0) return scan;
  throw await nothingFound(paths, scan);
}

/** The label source with the path that its grant stands for. */
export function labelOrder(context: EngineContext, labels: LabelSource): LabelOrder {
  if (labels.kind !== 'csv') return labels;
  const { csv, ...rest } = labels;
  return { ...rest, path: context.grants.path(csv, 'file', 'files') };
}

/** What an import would do, down to each row that does not fit; nothing is written. */
export async function planImport(
  context: EngineContext,
  wish: ImportWish,
  signal?: AbortSignal,
): Promise<ImportPlan> {
  const project = context.project();
  const scan = await scanGrant(context, wish.source, { signal });
  const labels = await planLabels(scan, labelOrder(context, wish.labels), project.task, signal);
  // A pattern that cannot be used is said before the import, not in the middle of it.
  await groupKeys(
    wish.groups,
    scan.files.slice(0, 1000).map(({ relPath }) => relPath),
  );
  const known = await knownFiles(project);
  const alreadyThere = scan.files.filter((file) => known.get(pathKey(file.path))?.isRemoved === false).length;
  const table =
    labels.table ?? (wish.labels.kind === 'none' ? await firstTable(context, scan, signal) : null);
  return {
    files: scan.files.length,
    newImages: scan.files.length - alreadyThere,
    alreadyThere,
    ignoredFiles: scan.ignored,
    bytes: scan.files.reduce((sum, file) => sum + file.bytes, 0),
    folders: [...(labels.folders?.folders ?? [])],
    csvFiles: scan.tables.map((path) => ({
      grant: context.grants.give('file', path).id,
      name: basename(path),
    })),
    csv: table === null ? null : tableReport(table, scan.files.length),
    classes: classCounts(labels.entries).map((each) => ({
      ...each,
      isNew: classByName(project.db, each.name) === undefined,
    })),
    problems: [...scan.problems],
  };
}

/** The first table beside the images that speaks of them, so that its columns can be offered at once. */
async function firstTable(
  context: EngineContext,
  scan: Scan,
  signal: AbortSignal | undefined,
): Promise<LabelTable | null> {
  if (scan.tables.length === 0) return null;
  const index = await createFileIndex(scan.files);
  const { task } = context.project();
  for (const path of scan.tables) {
    try {
      const table = await readLabelTable({ path, index, task, choice: {}, signal });
      if (table.entries.size > 0) return table;
    } catch (error) {
      // Nobody chose this table: that it is none is no failure of the import.
      if (!(error instanceof StudioError)) throw error;
    }
  }
  return null;
}
