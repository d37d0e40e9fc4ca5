import type { FileState } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** What the project knows of one image's file. */
export type ImageFile = {
  readonly id: ImageId;
  readonly sourceId: number;
  /** Absolute path of its source folder. */
  readonly root: string;
  /** Below the source folder, forward slashes, spelt as on the disk. */
  readonly relPath: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** `null` while the file was not read yet. */
  readonly sha256: string | null;
  /** Content that the labels were given for. */
  readonly seen: string | null;
  readonly format: string;
  readonly state: FileState;
  readonly thumbnail: number;
  readonly isRemoved: boolean;
};

const fileColumns = `i.id, i.source_id AS sourceId, s.absolute_path AS root, i.rel_path AS relPath, i.bytes,
  i.mtime_ms AS mtimeMs, i.sha256, i.labeled_sha256 AS seen, i.format, i.file_state AS state, i.thumbnail,
  i.removed_at IS NOT NULL AS isRemoved`;
const fileTables = 'images AS i JOIN sources AS s ON s.id = i.source_id';

type FileRow = Omit<ImageFile, 'isRemoved'> & { readonly isRemoved: 0 | 1 };
const asFile = (row: FileRow): ImageFile => ({ ...row, isRemoved: row.isRemoved === 1 });

/** The file of an image in the project; `undefined` for an unknown or removed one. */
export function imageFile(db: ReadableDb, id: ImageId): ImageFile | undefined {
  const row = db.get<FileRow>(
    `SELECT ${fileColumns} FROM ${fileTables} WHERE i.id = ? AND i.removed_at IS NULL`,
    [id],
  );
  return row && asFile(row);
}

/** All files by id, removed ones too, a page at a time so that no long list stops the loop. */
export function imageFilesAfter(db: ReadableDb, after: number, limit: number): ImageFile[] {
  return db
    .all<FileRow>(`SELECT ${fileColumns} FROM ${fileTables} WHERE i.id > ? ORDER BY i.id LIMIT ?`, [
      after,
      limit,
    ])
    .map(asFile);
}

/** Files that were read and have no small picture yet. */
export function filesWithoutThumbnailAfter(db: ReadableDb, after: number, limit: number): ImageFile[] {
  return db
    .all<FileRow>(
      `SELECT ${fileColumns} FROM ${fileTables}
       WHERE i.thumbnail = 0 AND i.removed_at IS NULL AND i.file_state IN ('ok', 'changed')
         AND i.sha256 IS NOT NULL AND i.id > ?
       ORDER BY i.id LIMIT ?`,
      [after, limit],
    )
    .map(asFile);
}

/** How many small pictures are to be drawn; counted in the indices alone, so files still unread count too. */
export function countWithoutThumbnail(db: ReadableDb): number {
  const row = db.get<{ n: number }>(
    `SELECT (SELECT count(*) FROM images WHERE removed_at IS NULL AND thumbnail = 0)
       - (SELECT count(*) FROM images WHERE removed_at IS NULL AND thumbnail = 0
          AND file_state <> 'ok' AND file_state IN ('missing', 'unreadable')) AS n`,
  );
  return row?.n ?? 0;
}

/** A file as the scan found it. */
export type NewImage = {
  readonly sourceId: number;
  readonly relPath: string;
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly sortKey: string;
  readonly searchKey: string;
  readonly at: number;
};

/** Adds an image that was not read yet; its id. */
export function insertImage(db: WritableDb, image: NewImage): ImageId {
  const { lastId } = db.run(
    `INSERT INTO images (source_id, rel_path, name, bytes, mtime_ms, sort_key, search_key, added_at)
     VALUES (@sourceId, @relPath, @name, @bytes, @mtimeMs, @sortKey, @searchKey, @at)`,
    image,
  );
  return lastId as ImageId;
}

/** What reading a file told. */
export type ReadFacts = {
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly orientation: number;
  readonly takenAt: string | null;
};

/**
 * Writes what a file is now. Where its labels were given before it was read, they are taken to be for this
 * content; where they were given for another content, the file is `changed`. A new content needs a new thumbnail.
 */
export function setRead(db: WritableDb, id: ImageId, facts: ReadFacts): void {
  db.run(
    `UPDATE images SET bytes = @bytes, mtime_ms = @mtimeMs, sha256 = @sha256, width = @width, height = @height,
       format = @format, orientation = @orientation, taken_at = @takenAt,
       thumbnail = CASE WHEN sha256 = @sha256 THEN thumbnail ELSE 0 END,
       labeled_sha256 = CASE WHEN label_state <> 'unlabeled' THEN ifnull(labeled_sha256, @sha256) END,
       file_state = CASE WHEN label_state <> 'unlabeled' AND labeled_sha256 <> @sha256 THEN 'changed' ELSE 'ok' END,
       problem_code = NULL, problem_message = NULL
     WHERE id = @id`,
    { id, ...facts },
  );
}

/** Writes that a file cannot be used now, and why. */
export function setFileProblem(
  db: WritableDb,
  id: ImageId,
  problem: { readonly state: 'missing' | 'unreadable'; readonly code: string; readonly message: string },
): void {
  db.run(
    'UPDATE images SET file_state = @state, problem_code = @code, problem_message = @message WHERE id = @id',
    { id, ...problem },
  );
}

/** A file is where it was, and as it was: what was said against it holds no longer. */
export function clearFileProblem(db: WritableDb, id: ImageId, mtimeMs: number): void {
  db.run(
    `UPDATE images SET mtime_ms = @mtimeMs, problem_code = NULL, problem_message = NULL,
       file_state = CASE WHEN labeled_sha256 <> sha256 THEN 'changed' ELSE 'ok' END
     WHERE id = @id`,
    { id, mtimeMs },
  );
}

/** A small picture of the image's present content is in the cache; a new version makes the page fetch it. */
export function raiseThumbnail(db: WritableDb, id: ImageId, version: number): void {
  db.run('UPDATE images SET thumbnail = ? WHERE id = ?', [version, id]);
}

/** Writes where an image's file was found again; `false` where another image of the project has that place. */
export function setPlace(
  db: WritableDb,
  id: ImageId,
  place: {
    readonly sourceId: number;
    readonly relPath: string;
    readonly name: string;
    readonly sortKey: string;
    readonly searchKey: string;
  },
): boolean {
  const { sourceId, relPath } = place;
  const taken = db.get<{ id: number }>(
    'SELECT id FROM images WHERE source_id = ? AND rel_path = ? AND id <> ?',
    [sourceId, relPath, id],
  );
  if (taken !== undefined) return false;
  db.run(
    `UPDATE images SET source_id = @sourceId, rel_path = @relPath, name = @name, sort_key = @sortKey,
       search_key = @searchKey WHERE id = @id`,
    { id, ...place },
  );
  return true;
}

/** Writes the fold that a table states for an image. */
export function setStatedFold(db: WritableDb, id: ImageId, fold: number): void {
  db.run('UPDATE images SET stated_fold = ? WHERE id = ?', [fold, id]);
}
