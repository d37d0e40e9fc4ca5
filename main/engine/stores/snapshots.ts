import { join } from 'node:path';
import type { FileState, LabelState } from '../../../shared/contract/images.ts';
import type { Task } from '../../../shared/contract/project.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** A class as a snapshot keeps it; positions in the list are what manifests and predictions speak of. */
export type SnapshotClass = { readonly id: ClassId; readonly name: string };

/** An image with its labels, as it is now. */
export type LabeledImage = {
  readonly id: ImageId;
  readonly path: string;
  readonly sha256: string | null;
  readonly width: number;
  readonly height: number;
  /** Ascending; empty for an image that was checked and has nothing in it. */
  readonly classIds: readonly ClassId[];
  readonly group: string | null;
  readonly statedFold: number | null;
  readonly file: FileState;
};

type LabeledRow = {
  id: ImageId;
  source: string;
  rel_path: string;
  sha256: string | null;
  width: number;
  height: number;
  group_key: string | null;
  stated_fold: number | null;
  file_state: FileState;
  labels: string;
};

/** Labeled images with ids above `after`, by id: one page, so that a long list can be read in steps. */
export function labeledImages(db: ReadableDb, after: number, limit: number): readonly LabeledImage[] {
  const rows = db.all<LabeledRow>(
    `SELECT i.id, s.absolute_path AS source, i.rel_path, i.sha256, i.width, i.height, i.group_key,
       i.stated_fold, i.file_state,
       (SELECT json_group_array(DISTINCT a.class_id) FROM annotations a
         WHERE a.image_id = i.id AND a.kind = 'label') AS labels
     FROM images i JOIN sources s ON s.id = i.source_id
     WHERE i.id > ? AND i.removed_at IS NULL AND i.label_state <> 'unlabeled'
     ORDER BY i.id LIMIT ?`,
    [after, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    path: absolute(row),
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    classIds: (JSON.parse(row.labels) as ClassId[]).sort((a, b) => a - b),
    group: row.group_key,
    statedFold: row.stated_fold,
    file: row.file_state,
  }));
}

/** What the labels are like in numbers, without reading every image. */
export type LabelStatistics = {
  readonly classes: readonly (SnapshotClass & { readonly images: number })[];
  readonly states: Readonly<Record<LabelState, number>>;
  /** Labeled images by the state of their file. */
  readonly labeledFiles: Readonly<Record<FileState, number>>;
  readonly labeledWithGroup: number;
  readonly groups: number;
  readonly labeledWithStatedFold: number;
  readonly statedFolds: number;
  /** Labeled images whose content occurs more than once, and how many different contents those have. */
  readonly duplicates: { readonly images: number; readonly sets: number };
};

/** Counts for the recommendation: classes in their order, states, groups, folds, copies. */
export function labelStatistics(db: ReadableDb): LabelStatistics {
  const classes = db.all<SnapshotClass & { images: number }>(
    `SELECT c.id, c.name, (SELECT count(DISTINCT a.image_id) FROM annotations a
        JOIN images i ON i.id = a.image_id
        WHERE a.class_id = c.id AND a.kind = 'label' AND i.removed_at IS NULL
          AND i.file_state = 'ok') AS images
     FROM classes c WHERE c.removed_at IS NULL ORDER BY c.position, c.id`,
  );
  const tally = <Key extends string>(sql: string, keys: readonly Key[]): Record<Key, number> => {
    const found = new Map(db.all<{ key: Key; images: number }>(sql).map((row) => [row.key, row.images]));
    return Object.fromEntries(keys.map((key) => [key, found.get(key) ?? 0])) as Record<Key, number>;
  };
  const labeled = `removed_at IS NULL AND label_state <> 'unlabeled'`;
  const more = db.get<{
    labeledWithGroup: number;
    groups: number;
    labeledWithStatedFold: number;
    statedFolds: number;
  }>(
    `SELECT count(group_key) AS labeledWithGroup, count(DISTINCT group_key) AS groups,
       count(stated_fold) AS labeledWithStatedFold, count(DISTINCT stated_fold) AS statedFolds
     FROM images WHERE ${labeled} AND file_state = 'ok'`,
  );
  const copies = db.get<{ images: number; sets: number }>(
    `SELECT coalesce(sum(n), 0) AS images, count(*) AS sets FROM (SELECT count(*) AS n FROM images
       WHERE ${labeled} AND sha256 IS NOT NULL GROUP BY sha256 HAVING n > 1)`,
  );
  return {
    classes,
    states: tally<LabelState>(
      `SELECT label_state AS key, count(*) AS images FROM images WHERE removed_at IS NULL GROUP BY label_state`,
      ['unlabeled', 'labeled', 'nothing'],
    ),
    labeledFiles: tally<FileState>(
      `SELECT file_state AS key, count(*) AS images FROM images WHERE ${labeled} GROUP BY file_state`,
      ['ok', 'changed', 'missing', 'unreadable'],
    ),
    labeledWithGroup: more?.labeledWithGroup ?? 0,
    groups: more?.groups ?? 0,
    labeledWithStatedFold: more?.labeledWithStatedFold ?? 0,
    statedFolds: more?.statedFolds ?? 0,
    duplicates: copies ?? { images: 0, sets: 0 },
  };
}

/** The project's classes in their order, as a snapshot keeps them. */
export function classesToSnapshot(db: ReadableDb): readonly SnapshotClass[] {
  return db.all<SnapshotClass>('SELECT id, name FROM classes WHERE removed_at IS NULL ORDER BY position, id');
}

/** An image as a snapshot keeps it. */
export type SnapshotImage = {
  readonly id: ImageId;
  readonly sha256: string;
  readonly classIds: readonly ClassId[];
  readonly group: string | null;
};

/** Stores a snapshot's head; its images follow with {@link addSnapshotImages}. */
export function insertSnapshot(
  db: WritableDb,
  snapshot: {
    readonly task: Task;
    readonly classes: readonly SnapshotClass[];
    readonly images: number;
    readonly sha256: string;
    readonly createdAt: number;
  },
): number {
  return db.run('INSERT INTO snapshots (task, classes, images, sha256, created_at) VALUES (?, ?, ?, ?, ?)', [
    snapshot.task,
    JSON.stringify(snapshot.classes),
    snapshot.images,
    snapshot.sha256,
    snapshot.createdAt,
  ]).lastId;
}

/** Adds images to a snapshot; each at most once. */
export function addSnapshotImages(
  db: WritableDb,
  snapshotId: number,
  images: readonly SnapshotImage[],
): void {
  for (const image of images) {
    db.run(
      `INSERT INTO snapshot_images (snapshot_id, image_id, sha256, labels, group_key) VALUES (?, ?, ?, ?, ?)`,
      [snapshotId, image.id, image.sha256, JSON.stringify(image.classIds), image.group],
    );
  }
}

/** The head of a stored snapshot; `undefined` for an unknown id. */
export function getSnapshot(
  db: ReadableDb,
  id: number,
): { readonly task: Task; readonly classes: readonly SnapshotClass[]; readonly sha256: string } | undefined {
  const row = db.get<{ task: Task; classes: string; sha256: string }>(
    'SELECT task, classes, sha256 FROM snapshots WHERE id = ?',
    [id],
  );
  return row && { task: row.task, classes: JSON.parse(row.classes) as SnapshotClass[], sha256: row.sha256 };
}

/** Whether two snapshots hold the same images with the same labels and groups, however they were divided into parts. */
export function haveSameLabels(db: ReadableDb, one: number, other: number): boolean {
  const of = 'SELECT image_id, sha256, labels, group_key FROM snapshot_images WHERE snapshot_id = ?';
  const differs = (a: number, b: number) =>
    db.get(`SELECT 1 FROM (${of} EXCEPT ${of}) LIMIT 1`, [a, b]) !== undefined;
  return one === other || !(differs(one, other) || differs(other, one));
}

/** Group of each image of a snapshot that has one. */
export function snapshotGroups(db: ReadableDb, id: number): ReadonlyMap<ImageId, string> {
  const rows = db.all<{ image_id: ImageId; group_key: string }>(
    'SELECT image_id, group_key FROM snapshot_images WHERE snapshot_id = ? AND group_key IS NOT NULL',
    [id],
  );
  return new Map(rows.map((row) => [row.image_id, row.group_key]));
}

/** How classes look now, removed ones included: a result keeps speaking of them. */
export function classLooks(
  db: ReadableDb,
  ids: readonly ClassId[],
): ReadonlyMap<ClassId, { readonly name: string; readonly colour: string }> {
  const rows = db.all<{ id: ClassId; name: string; colour: string }>(
    'SELECT id, name, colour FROM classes WHERE id IN (SELECT value FROM json_each(?))',
    [JSON.stringify(ids)],
  );
  return new Map(rows.map(({ id, name, colour }) => [id, { name, colour }]));
}

type Located = { readonly id: ImageId; readonly source: string; readonly rel_path: string };

function absolute(row: Pick<Located, 'source' | 'rel_path'>): string {
  return join(row.source, ...row.rel_path.split('/'));
}

/** Where the images of a snapshot are now, in natural order; those that changed since or are gone are left out. */
export function snapshotFiles(
  db: ReadableDb,
  id: number,
): readonly { readonly id: ImageId; readonly path: string }[] {
  return db
    .all<Located>(
      `SELECT i.id, s.absolute_path AS source, i.rel_path
       FROM snapshot_images n JOIN images i ON i.id = n.image_id JOIN sources s ON s.id = i.source_id
       WHERE n.snapshot_id = ? AND i.file_state = 'ok' AND i.sha256 = n.sha256 ORDER BY i.sort_key, i.id`,
      [id],
    )
    .map((row) => ({ id: row.id, path: absolute(row) }));
}

/** Where all images of a snapshot are now, whatever became of them. */
export function imagePaths(db: ReadableDb, id: number): ReadonlyMap<ImageId, string> {
  const rows = db.all<Located>(
    `SELECT i.id, s.absolute_path AS source, i.rel_path
     FROM snapshot_images n JOIN images i ON i.id = n.image_id JOIN sources s ON s.id = i.source_id
     WHERE n.snapshot_id = ?`,
    [id],
  );
  return new Map(rows.map((row) => [row.id, absolute(row)]));
}

/** How many usable labeled images there are and how large, for estimates. */
export function labeledSizes(db: ReadableDb): {
  readonly images: number;
  /** Mean longest ÷ shortest side; 1 without images. */
  readonly aspect: number;
  readonly megapixels: number;
  readonly statedFolds: number;
} {
  const row = db.get<{
    images: number;
    aspect: number | null;
    megapixels: number | null;
    statedFolds: number;
  }>(
    `SELECT count(*) AS images, avg(max(width, height) * 1.0 / min(width, height)) AS aspect,
       avg(width * height) / 1e6 AS megapixels, count(DISTINCT stated_fold) AS statedFolds
     FROM images WHERE removed_at IS NULL AND label_state <> 'unlabeled' AND file_state = 'ok'
       AND width > 0 AND height > 0`,
  );
  return {
    images: row?.images ?? 0,
    aspect: row?.aspect ?? 1,
    megapixels: row?.megapixels ?? 0,
    statedFolds: row?.statedFolds ?? 0,
  };
}
