import type { ReadableDb } from '../db/types.ts';

const tables = [
  'sources',
  'images',
  'classes',
  'annotations',
  'change_groups',
  'changes',
  'commands',
  'snapshots',
  'splits',
  'runs',
  'metrics',
  'predictions',
  'exports',
] as const;

/** How many rows each table has, for diagnostics. */
export function tableSizes(db: ReadableDb): Readonly<Record<string, number>> {
  const count = (table: string) => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
  return Object.fromEntries(tables.map((table) => [table, count(table)]));
}
