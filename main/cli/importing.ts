import type { GroupRule, ImportPlan, ImportReport, LabelSource } from '../../shared/contract/images.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import type { GrantId } from '../../shared/domain/ids.ts';
import { cancellable } from './failures.ts';
import type { Studio } from './studio.ts';
import { count, duration } from './text.ts';

/** How a person says on the command line where labels and groups come from. */
export type LabelOptions = {
  /** `none`, `folders`, or the path of a table. */
  readonly labels: string;
  readonly fileColumn?: string;
  readonly labelColumn?: readonly string[];
  readonly foldColumn?: string;
  readonly groupColumn?: string;
  /** `0=healthy,1=rust` */
  readonly names?: string;
  /** `none`, `folder`, or a regular expression with one group. */
  readonly groupBy?: string;
};

/** Lists problems one by one up to this many. */
const LISTED = 10;

/** The rule that tells which images belong together. */
export function groupRuleOf(text: string | undefined): GroupRule {
  if (text === undefined || text === 'none') return { kind: 'none' };
  return text === 'folder' ? { kind: 'folder' } : { kind: 'pattern', pattern: text };
}

/** `0=healthy,1=rust` as a record; StudioError BAD_REQUEST for anything else. */
export function parseNames(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0]?.trim() === '' || pair[1]?.trim() === '')) {
    throw new StudioError('BAD_REQUEST', `--names must look like 0=healthy,1=rust, not ${text}.`);
  }
  return Object.fromEntries(pairs.map(([from = '', to = '']) => [from.trim(), to.trim()]));
}

/** Where the labels come from; columns that were not named are those that the table itself suggests. */
export async function labelSourceOf(
  studio: Studio,
  source: GrantId,
  options: LabelOptions,
): Promise<LabelSource> {
  if (options.labels === 'none') return { kind: 'none' };
  if (options.labels === 'folders') {
    const asked = { source, labels: { kind: 'folders' as const }, groups: { kind: 'none' as const } };
    const { folders } = await studio.client.images.planImport(asked);
    if (folders.length > 0) return { kind: 'folders' };
    const folder = studio.engine.context.grants.paths(source, 'folder', 'file').join(', ');
    throw new StudioError(
      'BAD_REQUEST',
      `The folders in ${folder} do not tell the classes: put the images of each class into a folder of its own, two classes or more, or name a table of labels (.csv).`,
      { folder },
    );
  }
  const csv = studio.grant('file', options.labels);
  const named = {
    kind: 'csv' as const,
    csv,
    ...(options.groupColumn !== undefined && { groupColumn: options.groupColumn }),
    ...(options.foldColumn !== undefined && { foldColumn: options.foldColumn }),
    ...(options.names !== undefined && { names: parseNames(options.names) }),
  };
  const asked = { kind: 'csv' as const, csv, fileColumn: '', labelColumns: [''] };
  const plan = await studio.client.images.planImport({ source, labels: asked, groups: { kind: 'none' } });
  const columns = plan.csv?.columns ?? [];
  const chosen = [
    options.fileColumn,
    options.groupColumn,
    options.foldColumn,
    ...(options.labelColumn ?? []),
  ].filter((name) => name !== undefined);
  const unknown = chosen.filter((name) => !columns.includes(name));
  if (unknown.length > 0) {
    throw new StudioError(
      'CSV_INVALID',
      `${options.labels} has no column ${unknown.join(', ')}. Its columns are: ${columns.join(', ')}.`,
      { file: options.labels },
    );
  }
  const fileColumn = options.fileColumn ?? plan.csv?.suggestedFileColumn;
  const labelColumns = options.labelColumn?.length
    ? [...options.labelColumn]
    : plan.csv?.suggestedLabelColumns;
  if (!fileColumn || !labelColumns?.length) {
    throw new StudioError(
      'CSV_INVALID',
      `${options.labels}: it is not clear which columns hold the file and the class. Its columns are: ${columns.join(', ')}. Say --file-column and --label-column.`,
      { file: options.labels },
    );
  }
  return { ...named, fileColumn, labelColumns };
}

/** What an import would do, in words. */
export function planText(plan: ImportPlan): string {
  const lines = [
    `${count(plan.files, 'image')} found, ${plan.newImages} new, ${plan.alreadyThere} already there; ${count(plan.ignoredFiles, 'other file')} passed over.`,
  ];
  if (plan.folders.length > 0) {
    const folders = plan.folders.map((each) => `${each.name} (${each.images})`).join(', ');
    lines.push(`Folders: ${folders}`);
  }
  if (plan.csvFiles.length > 0) lines.push(`Tables: ${plan.csvFiles.map((each) => each.name).join(', ')}`);
  if (plan.csv) {
    lines.push(
      `Table: ${count(plan.csv.rows, 'row')}, ${plan.csv.matched} matched; ${count(plan.csv.imagesWithoutRow, 'image')} without a row.`,
      ...listed('Rows without an image', plan.csv.unmatchedRows),
      ...listed('Rows that cannot be used', plan.csv.invalidRows),
    );
  }
  if (plan.classes.length > 0) {
    const classes = plan.classes.map((each) => `${each.name} (${each.images}${each.isNew ? ', new' : ''})`);
    lines.push(`Classes: ${classes.join(', ')}`);
  }
  lines.push(...listed('Problems', plan.problems));
  return lines.join('\n');
}

/** What an import did, in words. */
export function reportText(report: ImportReport): string {
  const lines = [
    `${count(report.imported, 'image')} imported, ${report.alreadyThere} already there, ${report.labeled} labeled, in ${duration(report.seconds)}.`,
  ];
  if (report.duplicateFiles > 0) {
    lines.push(
      `${report.duplicateFiles} files are exact copies of others (${count(report.duplicates.length, 'set')}).`,
    );
  }
  lines.push(
    ...listed(`Not read: ${count(report.failed.length, 'file')}, left as found`, report.failed),
    ...listed('Rows without an image', report.unmatchedRows),
  );
  return lines.join('\n');
}

function listed(title: string, problems: readonly { readonly message: string }[]): string[] {
  if (problems.length === 0) return [];
  const shown = problems.slice(0, LISTED).map((problem) => `  ${problem.message}`);
  const more = problems.length > LISTED ? [`  … and ${problems.length - LISTED} more`] : [];
  return [`${title}:`, ...shown, ...more];
}

const STOPPED =
  'The import was stopped. Images that were already in stay in the project; the same command adds the rest.';

/** Imports a folder or a file and shows how far it is; Ctrl+C keeps what is already in, whole. */
export async function importToEnd(
  studio: Studio,
  source: GrantId,
  labels: LabelSource,
  groups: GroupRule,
): Promise<ImportReport> {
  const request = { commandId: studio.commandId(), source, labels, groups };
  const { client, output, signal } = studio;
  return cancellable(signal, STOPPED, async () => {
    for await (const event of await client.images.import(request, { signal })) {
      if (event.type === 'done') return event.report;
      const { phase, done, total, secondsLeft } = event;
      output.progress({ stage: phase, done, total, secondsLeft });
    }
    throw new StudioError('CANCELLED', STOPPED);
  });
}
