import type { ReadableDb, WritableDb } from '../db/types.ts';

/** The single values of a project. */
export type ProjectKey = 'name' | 'task' | 'createdAt' | 'savedAt' | 'isSample' | 'redoFloor';

/** A single value of the project, or `null` where it was never written. */
export function projectValue(db: ReadableDb, key: ProjectKey): string | null {
  return db.get<{ value: string }>('SELECT value FROM project WHERE key = ?', [key])?.value ?? null;
}

/** Writes a single value of the project. */
export function setProjectValue(db: WritableDb, key: ProjectKey, value: string): void {
  db.run(
    'INSERT INTO project (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    [key, value],
  );
}

/** How many images are in the project and how many of them have been looked at. */
export function projectCounts(db: ReadableDb): { readonly images: number; readonly labeled: number } {
  const rows = db.all<{ state: string; n: number }>(
    'SELECT label_state AS state, count(*) AS n FROM images WHERE removed_at IS NULL GROUP BY label_state',
  );
  const images = rows.reduce((sum, row) => sum + row.n, 0);
  return { images, labeled: images - (rows.find((row) => row.state === 'unlabeled')?.n ?? 0) };
}
