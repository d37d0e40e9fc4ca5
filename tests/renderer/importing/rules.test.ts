import { describe, expect, it } from 'vitest';
import {
  isUsablePattern,
  suggestedLabels,
  tableSource,
  withSuggestedColumns,
} from '../../../renderer/features/importing/rules.ts';
import type { ImportPlan } from '../../../shared/contract/images.ts';
import type { GrantId } from '../../../shared/domain/ids.ts';

const table = 'table' as GrantId;
const plan: ImportPlan = {
  files: 3,
  newImages: 3,
  alreadyThere: 0,
  ignoredFiles: 0,
  bytes: 300,
  folders: [
    { name: 'healthy', images: 2 },
    { name: 'rust', images: 1 },
  ],
  csvFiles: [{ grant: table, name: 'labels.csv' }],
  csv: null,
  classes: [],
  problems: [],
};
const csv: NonNullable<ImportPlan['csv']> = {
  columns: ['file', 'class', 'fold'],
  rows: 3,
  suggestedFileColumn: 'file',
  suggestedLabelColumns: ['class'],
  matched: 3,
  unmatchedRows: [],
  imagesWithoutRow: 0,
  invalidRows: [],
};

describe('what the import suggests', () => {
  it('prefers a table, then folders, then nothing', () => {
    expect(suggestedLabels(plan)).toEqual(tableSource(table));
    expect(suggestedLabels({ ...plan, csvFiles: [] })).toEqual({ kind: 'folders' });
    expect(suggestedLabels({ ...plan, csvFiles: [], folders: [] })).toEqual({ kind: 'none' });
  });

  it('fills in the columns and keeps those that were chosen', () => {
    const read = { ...plan, csv };
    expect(withSuggestedColumns(tableSource(table), read)).toMatchObject({
      fileColumn: 'file',
      labelColumns: ['class'],
    });
    const chosen = { ...tableSource(table), labelColumns: ['fold'] };
    expect(withSuggestedColumns(chosen, read)).toMatchObject({ labelColumns: ['fold'] });
    expect(withSuggestedColumns({ kind: 'folders' }, read)).toEqual({ kind: 'folders' });
  });
});

it('takes a pattern with exactly one pair of brackets that captures', () => {
  expect(isUsablePattern('plant-([0-9]+)')).toBe(true);
  expect(isUsablePattern('(?:plant|planta)-([0-9]+)')).toBe(true);
  expect(isUsablePattern('plant')).toBe(false);
  expect(isUsablePattern('(a)(b)')).toBe(false);
  expect(isUsablePattern('([')).toBe(false);
  expect(isUsablePattern('')).toBe(false);
});
