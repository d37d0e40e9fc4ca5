import type { GroupRule, ImportPlan, LabelSource } from '../../../shared/contract/images.ts';
import type { GrantId } from '../../../shared/domain/ids.ts';

/** What the person has chosen in the import dialog so far. */
export interface Rules {
  readonly labels: LabelSource;
  readonly groups: GroupRule;
}

/** No labels, no groups: what the first look is made with. */
export const plainRules: Rules = { labels: { kind: 'none' }, groups: { kind: 'none' } };

/** A table whose columns are not known yet: names that it lacks give way to the engine's suggestion. */
export function tableSource(csv: GrantId): Extract<LabelSource, { readonly kind: 'csv' }> {
  return { kind: 'csv', csv, fileColumn: '', labelColumns: [''] };
}

/** What the first look suggests: a table beside the images, or folders that look like classes, or nothing. */
export function suggestedLabels(plan: ImportPlan): LabelSource {
  const table = plan.csvFiles[0];
  if (table !== undefined) return tableSource(table.grant);
  return plan.folders.length > 1 ? { kind: 'folders' } : { kind: 'none' };
}

/** The labels with the columns that the engine suggested filled in where none was chosen. */
export function withSuggestedColumns(labels: LabelSource, plan: ImportPlan): LabelSource {
  if (labels.kind !== 'csv' || plan.csv === null) return labels;
  const { columns, suggestedFileColumn, suggestedLabelColumns } = plan.csv;
  const known = labels.labelColumns.filter((name) => columns.includes(name));
  const labelColumns = known.length > 0 ? known : suggestedLabelColumns;
  return {
    ...labels,
    fileColumn: columns.includes(labels.fileColumn) ? labels.fileColumn : (suggestedFileColumn ?? ''),
    labelColumns: labelColumns.length > 0 ? labelColumns : [''],
  };
}

/** The pattern is one that can be tried: it compiles and has exactly one pair of brackets that captures. */
export function isUsablePattern(pattern: string): boolean {
  try {
    // Matching the empty alternative tells the number of groups without needing a text that fits.
    const groups = new RegExp(`${pattern}|`).exec('')?.length ?? 0;
    return pattern !== '' && groups === 2;
  } catch {
    return false;
  }
}
