import type { ImageClass } from '../../../shared/contract/images.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** A class as it is stored, removed or not. */
export interface ClassRow {
  readonly id: ClassId;
  readonly name: string;
  readonly colour: string;
  readonly shortcut: number | null;
  readonly position: number;
  readonly removedAt: number | null;
}
/** The fields that a step may change; one JSON object in the log. */
export type ClassFields = Omit<ClassRow, 'id'>;

const columns = 'id, name, colour, shortcut, position, removed_at AS removedAt';

/** What makes two names the same to a reader: Unicode NFC, lower case. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLocaleLowerCase('und');
}

/** The classes of the project in their order, with the number of images that carry each. */
export function listClasses(db: ReadableDb): ImageClass[] {
  const sql = `SELECT c.id, c.name, c.colour, c.shortcut, c.position,
      (SELECT count(DISTINCT a.image_id) FROM annotations AS a JOIN images AS i ON i.id = a.image_id
        WHERE a.class_id = c.id AND i.removed_at IS NULL) AS images
    FROM classes AS c WHERE c.removed_at IS NULL ORDER BY c.position, c.id`;
  return db.all<ImageClass>(sql);
}

/** The classes of the project in their order, without counting. */
export function currentClasses(db: ReadableDb): ClassRow[] {
  return db.all<ClassRow>(`SELECT ${columns} FROM classes WHERE removed_at IS NULL ORDER BY position, id`);
}

/** A class by its id, removed or not. */
export function classById(db: ReadableDb, id: ClassId): ClassRow | undefined {
  return db.get<ClassRow>(`SELECT ${columns} FROM classes WHERE id = ?`, [id]);
}

/** The class of that name, however its letters are written. */
export function classByName(db: ReadableDb, name: string): ClassRow | undefined {
  const sql = `SELECT ${columns} FROM classes WHERE name_key = ? AND removed_at IS NULL`;
  return db.get<ClassRow>(sql, [nameKey(name)]);
}

/** Reserves an id for a class that is not yet in the project (`removedAt` set). */
export function insertClass(db: WritableDb, fields: ClassFields, at: number): ClassId {
  const { lastId } = db.run(
    `INSERT INTO classes (name, name_key, colour, shortcut, position, created_at, removed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      fields.name,
      nameKey(fields.name),
      fields.colour,
      fields.shortcut,
      fields.position,
      at,
      fields.removedAt,
    ],
  );
  return lastId as ClassId;
}

/** Writes all fields of a class. */
export function updateClass(db: WritableDb, row: ClassRow): void {
  db.run(
    `UPDATE classes SET name = ?, name_key = ?, colour = ?, shortcut = ?, position = ?, removed_at = ?
     WHERE id = ?`,
    [row.name, nameKey(row.name), row.colour, row.shortcut, row.position, row.removedAt, row.id],
  );
}
