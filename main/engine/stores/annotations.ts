import type { FileState, LabelState } from '../../../shared/contract/images.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** Who says so: a person, a model's run, or a file that was imported. */
export type LabelOrigin = 'human' | 'model' | 'import';

/** A label of a whole image: a class, or "checked, none of the classes is in it". */
export interface ImageLabel {
  readonly id: number;
  readonly kind: 'label' | 'nothing';
  readonly classId: ClassId | null;
  readonly source: LabelOrigin;
  readonly runId: string | null;
  readonly author: string;
  readonly createdAt: number;
}

/** All image-level labels of one image together with the content they were given for. */
export interface ImageLabels {
  readonly labels: readonly ImageLabel[];
  /** SHA-256 of the file when it was labeled; `null` while unlabeled or not yet read. */
  readonly seen: string | null;
}

const columns = `id, kind, class_id AS classId, source, run_id AS runId, author, created_at AS createdAt`;

/** What the image's own row says about its labels. */
export interface ImageLabeling extends ImageLabels {
  readonly sha256: string | null;
  readonly removedAt: number | null;
  readonly state: LabelState;
  readonly file: FileState;
}

/** Labels and content of an image, or `undefined` for an unknown one. */
export function imageLabeling(db: ReadableDb, image: ImageId): ImageLabeling | undefined {
  const row = db.get<Omit<ImageLabeling, 'labels'>>(
    `SELECT labeled_sha256 AS seen, sha256, removed_at AS removedAt, label_state AS state, file_state AS file
     FROM images WHERE id = ?`,
    [image],
  );
  if (row === undefined) return undefined;
  return { ...row, labels: row.state === 'unlabeled' ? [] : labelsOf(db, image) };
}

/** In the order in which they were given; sorted here, since SQLite would set up a sorter for two rows. */
function labelsOf(db: ReadableDb, image: ImageId): ImageLabel[] {
  return db
    .all<ImageLabel>(
      `SELECT ${columns} FROM annotations WHERE image_id = ? AND kind IN ('label', 'nothing')`,
      [image],
    )
    .sort((a, b) => a.id - b.id);
}

/** Takes the next free id, so that a label can be recorded in the log before it is written. */
export function insertLabel(db: WritableDb, image: ImageId, label: Omit<ImageLabel, 'id'>): ImageLabel {
  const { lastId } = db.run(
    `INSERT INTO annotations (image_id, kind, class_id, source, run_id, author, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [image, label.kind, label.classId, label.source, label.runId, label.author, label.createdAt],
  );
  return { ...label, id: lastId };
}

/** Brings a label back under the id it had. */
export function restoreLabel(db: WritableDb, image: ImageId, label: ImageLabel): void {
  db.run(
    `INSERT INTO annotations (id, image_id, kind, class_id, source, run_id, author, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [label.id, image, label.kind, label.classId, label.source, label.runId, label.author, label.createdAt],
  );
}

/** Deletes one label; the log keeps what it was. */
export function deleteLabel(db: WritableDb, id: number): void {
  db.run('DELETE FROM annotations WHERE id = ?', [id]);
}

/**
 * Brings the image's row in step with its labels: its state for the gallery, the content that was labeled, and
 * whether the file differs from that content. Missing and unreadable files stay so. Writes only what differs
 * from `present`: an index entry that stays is not written again.
 */
export function settleImage(
  db: WritableDb,
  image: ImageId,
  present: Pick<ImageLabeling, 'state' | 'seen' | 'sha256' | 'file'>,
  state: LabelState,
  seen: string | null,
): void {
  const isThere = present.file === 'ok' || present.file === 'changed';
  const differs = seen !== null && present.sha256 !== null && seen !== present.sha256;
  const file = !isThere ? present.file : differs ? 'changed' : 'ok';
  if (state !== present.state || file !== present.file) {
    const sql = 'UPDATE images SET label_state = ?, labeled_sha256 = ?, file_state = ? WHERE id = ?';
    db.run(sql, [state, seen, file, image]);
  } else if (seen !== present.seen) {
    db.run('UPDATE images SET labeled_sha256 = ? WHERE id = ?', [seen, image]);
  }
}

/** Ids of the images in the project that carry a class, for removing that class. */
export function imagesWithClass(db: ReadableDb, id: ClassId): ImageId[] {
  return db
    .all<{ image: ImageId }>(
      'SELECT DISTINCT image_id AS image FROM annotations WHERE class_id = ? ORDER BY image_id',
      [id],
    )
    .map((row) => row.image);
}
