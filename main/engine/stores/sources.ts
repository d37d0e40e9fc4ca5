import type { ReadableDb, WritableDb } from '../db/types.ts';

/** A folder from which images were imported. Paths with the system's own separators; the relative one with `/`. */
export type SourceRow = {
  readonly id: number;
  readonly absolutePath: string;
  /** From the folder that the project lies in; `null` where there is no way (another drive). */
  readonly relativePath: string | null;
};

const columns = 'id, absolute_path AS absolutePath, relative_path AS relativePath';

/** All source folders, oldest first. */
export function listSources(db: ReadableDb): SourceRow[] {
  return db.all<SourceRow>(`SELECT ${columns} FROM sources ORDER BY id`);
}

/** The source with that absolute path; added if there is none. */
export function ensureSource(
  db: WritableDb,
  source: { readonly absolutePath: string; readonly relativePath: string | null; readonly at: number },
): number {
  const { absolutePath, relativePath, at } = source;
  const present = db.get<{ id: number }>('SELECT id FROM sources WHERE absolute_path = ?', [absolutePath]);
  if (present !== undefined) return present.id;
  return db.run('INSERT INTO sources (absolute_path, relative_path, added_at) VALUES (?, ?, ?)', [
    absolutePath,
    relativePath,
    at,
  ]).lastId;
}

/** Writes where a source lies now; the caller has made sure that no other source lies there. */
export function moveSource(
  db: WritableDb,
  id: number,
  place: { readonly absolutePath: string; readonly relativePath: string | null },
): void {
  db.run('UPDATE sources SET absolute_path = ?, relative_path = ? WHERE id = ?', [
    place.absolutePath,
    place.relativePath,
    id,
  ]);
}
