import type { ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** The fields of an image that a person changes, and undo brings back. */
export interface ImageFields {
  readonly removedAt: number | null;
  /** Plant, patient or plot: images of one group stay on one side of a split. */
  readonly groupKey: string | null;
  /** Content for which the labels stand, SHA-256. */
  readonly seen: string | null;
}

/** Those fields of an image, removed or not. */
export function imageFields(db: ReadableDb, id: ImageId): ImageFields | undefined {
  return db.get<ImageFields>(
    'SELECT removed_at AS removedAt, group_key AS groupKey, labeled_sha256 AS seen FROM images WHERE id = ?',
    [id],
  );
}

/** Writes those fields, and whether the file differs from the labeled content, which follows from them. */
export function setImageFields(db: WritableDb, id: ImageId, fields: ImageFields): void {
  db.run(
    `UPDATE images SET removed_at = @removedAt, group_key = @groupKey, labeled_sha256 = @seen,
       file_state = CASE WHEN file_state NOT IN ('ok', 'changed') THEN file_state
         WHEN @seen IS NOT NULL AND sha256 IS NOT NULL AND @seen <> sha256 THEN 'changed' ELSE 'ok' END
     WHERE id = @id`,
    { id, removedAt: fields.removedAt, groupKey: fields.groupKey, seen: fields.seen },
  );
}
