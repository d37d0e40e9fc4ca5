import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** What a change is about: the labels of an image, a class, or fields of an image. */
export type ChangeKind = 'labels' | 'class' | 'image';

/** One thing that one step changed; both states are JSON that only `main/engine/annotations` reads. */
export interface Change {
  readonly id: number;
  readonly groupId: number;
  readonly kind: ChangeKind;
  readonly imageId: ImageId | null;
  readonly classId: ClassId | null;
  readonly forward: string;
  readonly inverse: string;
}

/** One step of undo as it is listed. */
export interface ChangeGroup {
  readonly id: number;
  readonly action: string;
  readonly className: string | null;
  readonly images: number;
  readonly at: number;
  readonly undone: boolean;
}

const columns = `id, group_id AS groupId, kind, image_id AS imageId, class_id AS classId, forward, inverse`;

/** Opens a step; its changes follow in the same transaction. */
export function insertGroup(
  db: WritableDb,
  group: { readonly action: string; readonly className: string | null; readonly at: number },
): number {
  const { action, className, at } = group;
  return db.run('INSERT INTO change_groups (action, class_name, at) VALUES (?, ?, ?)', [
    action,
    className,
    at,
  ]).lastId;
}

/** Says how many images a finished step touched. */
export function setGroupImages(db: WritableDb, id: number, images: number): void {
  db.run('UPDATE change_groups SET images = ? WHERE id = ?', [images, id]);
}

/** Takes back the opening of a step that turned out to change nothing. */
export function deleteGroup(db: WritableDb, id: number): void {
  db.run('DELETE FROM change_groups WHERE id = ?', [id]);
}

/** Records what one step did to one thing. */
export function insertChange(db: WritableDb, change: Omit<Change, 'id'>): void {
  db.run(
    `INSERT INTO changes (group_id, kind, image_id, class_id, forward, inverse) VALUES (?, ?, ?, ?, ?, ?)`,
    [change.groupId, change.kind, change.imageId, change.classId, change.forward, change.inverse],
  );
}

/** The newest step of which something still stands. */
export function newestStanding(db: ReadableDb): number | null {
  const sql = 'SELECT max(group_id) AS id FROM changes WHERE undone_order IS NULL';
  return db.get<{ id: number | null }>(sql)?.id ?? null;
}

/** The newest step of which something still stands on this image. */
export function newestStandingOf(db: ReadableDb, image: ImageId): number | null {
  const sql = 'SELECT max(group_id) AS id FROM changes WHERE undone_order IS NULL AND image_id = ?';
  return db.get<{ id: number | null }>(sql, [image])?.id ?? null;
}

/**
 * The changes of a step that can be taken back, last first: those that stand and are the newest standing ones of
 * their image or class. What a later step has changed again belongs to that later step. A page of them below
 * the id `before`.
 */
export function undoableChanges(
  db: ReadableDb,
  group: number,
  before: number | null,
  limit: number,
): Change[] {
  const standing = `SELECT ${columns} FROM changes AS c
    WHERE group_id = @group AND id < @before AND undone_order IS NULL`;
  const newest = `AND NOT EXISTS (SELECT 1 FROM changes AS later
        WHERE later.image_id = c.image_id AND later.kind = c.kind AND later.id > c.id
          AND later.undone_order IS NULL AND later.group_id <> c.group_id)
      AND NOT EXISTS (SELECT 1 FROM changes AS later
        WHERE later.class_id = c.class_id AND later.id > c.id
          AND later.undone_order IS NULL AND later.group_id <> c.group_id)`;
  // Nothing stands above the newest step, so there is nothing to compare with.
  const sql = `${standing} ${group === newestStanding(db) ? '' : newest} ORDER BY id DESC LIMIT @limit`;
  return db.all<Change>(sql, { group, before: before ?? Number.MAX_SAFE_INTEGER, limit });
}

/** The changes of one undo in the order in which they were first made; a page after the id `after`. */
export function redoableChanges(
  db: ReadableDb,
  order: number,
  after: number | null,
  limit: number,
): Change[] {
  const sql = `SELECT ${columns} FROM changes WHERE undone_order = ? AND id > ? ORDER BY id LIMIT ?`;
  return db.all<Change>(sql, [order, after ?? 0, limit]);
}

/** Marks a change as taken back by the given undo, or as standing again (`null`). */
export function markChange(db: WritableDb, id: number, order: number | null): void {
  db.run('UPDATE changes SET undone_order = ? WHERE id = ?', [order, id]);
}

/** The number of the latest undo; 0 where there was none. */
export function latestUndo(db: ReadableDb): number {
  const sql = 'SELECT max(undone_order) AS n FROM changes WHERE undone_order IS NOT NULL';
  return db.get<{ n: number | null }>(sql)?.n ?? 0;
}

/** A step by its id. */
export function groupById(
  db: ReadableDb,
  id: number,
): { readonly action: string; readonly className: string | null } | undefined {
  return db.get('SELECT action, class_name AS className FROM change_groups WHERE id = ?', [id]);
}

/** The latest steps, newest first; a step is undone when nothing of it stands. */
export function latestGroups(db: ReadableDb, limit: number): ChangeGroup[] {
  const sql = `SELECT id, action, class_name AS className, images, at,
      NOT EXISTS (SELECT 1 FROM changes WHERE group_id = g.id AND undone_order IS NULL) AS undone
    FROM change_groups AS g ORDER BY id DESC LIMIT ?`;
  return db
    .all<Omit<ChangeGroup, 'undone'> & { readonly undone: 0 | 1 }>(sql, [limit])
    .map((row) => ({ ...row, undone: row.undone === 1 }));
}
