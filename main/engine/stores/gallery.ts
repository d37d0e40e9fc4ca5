import type {
  ImageCounts,
  ImageDetail,
  ImageFilter,
  ImageRow,
  LabelState,
} from '../../../shared/contract/images.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, SqlValue } from '../db/types.ts';

/** Order of the gallery. */
export type GalleryOrder = { readonly sort: 'name' | 'added' | 'state'; readonly descending: boolean };

type Fragment = { readonly sql: string; readonly params: readonly SqlValue[] };

/** Conditions on the table `images`; everything from outside is a parameter. `words` are search keys. */
function conditions(filter: ImageFilter, words: readonly string[]): Fragment {
  const parts: string[] = ['removed_at IS NULL'];
  const params: SqlValue[] = [];
  const add = (sql: string, ...values: SqlValue[]): void => {
    parts.push(sql);
    params.push(...values);
  };
  if (filter.state !== undefined) add('label_state = ?', filter.state);
  // Files with problems are few and have an index; it is for those that are not `ok`, hence the double condition.
  if (filter.file === 'ok')
    add(`id NOT IN (SELECT id FROM images WHERE removed_at IS NULL AND file_state <> 'ok')`);
  else if (filter.file !== undefined) add("file_state <> 'ok' AND file_state = ?", filter.file);
  // The plus keeps SQLite from starting at the class and sorting: walking the list in its order is faster.
  if (filter.classId !== undefined)
    add('+id IN (SELECT image_id FROM annotations WHERE class_id = ?)', filter.classId);
  for (const word of words) add('instr(search_key, ?) > 0', word);
  if (filter.duplicates === true) add(`sha256 IN (${repeatedContent})`);
  if (filter.duplicates === false)
    add(`id NOT IN (SELECT id FROM images WHERE sha256 IN (${repeatedContent}) AND removed_at IS NULL)`);
  if (filter.ids !== undefined) add('id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.ids));
  return { sql: parts.join(' AND '), params };
}

const repeatedContent = `SELECT sha256 FROM images WHERE removed_at IS NULL AND sha256 IS NOT NULL
  GROUP BY sha256 HAVING count(*) > 1`;

function orderBy({ sort, descending }: GalleryOrder): string {
  const columns = { name: ['sort_key'], added: ['added_at'], state: ['label_state', 'sort_key'] }[sort];
  return [...columns, 'id'].map((column) => (descending ? `${column} DESC` : column)).join(', ');
}

/** SQL of the ids of a filtered list in its order; exported so that a test can ask for its plan. */
export function listSql(filter: ImageFilter, order: GalleryOrder, words: readonly string[]): Fragment {
  const { sql, params } = conditions(filter, words);
  return { sql: `SELECT id FROM images WHERE ${sql} ORDER BY ${orderBy(order)}`, params };
}

/** SQL of the length of a filtered list. */
export function countSql(filter: ImageFilter, words: readonly string[]): Fragment {
  const { sql, params } = conditions(filter, words);
  return { sql: `SELECT count(*) AS n FROM images WHERE ${sql}`, params };
}

/** A page of the gallery; `total` counts the whole filtered list. */
export function galleryPage(
  db: ReadableDb,
  page: {
    readonly filter: ImageFilter;
    readonly words: readonly string[];
    readonly order: GalleryOrder;
    readonly offset: number;
    readonly limit: number;
  },
): { total: number; rows: ImageRow[] } {
  if (needsWholeList(page.filter, page.words)) {
    const all = galleryIds(db, page.filter, page.order, page.words);
    const shown = all.slice(page.offset, page.offset + page.limit);
    return { total: all.length, rows: rowsOf(db, JSON.stringify(shown)) };
  }
  const count = countSql(page.filter, page.words);
  const total = db.get<{ n: number }>(count.sql, count.params)?.n ?? 0;
  const list = listSql(page.filter, page.order, page.words);
  const ids = db.all<{ id: ImageId }>(`${list.sql} LIMIT ? OFFSET ?`, [
    ...list.params,
    page.limit,
    page.offset,
  ]);
  return { total, rows: rowsOf(db, JSON.stringify(ids.map(({ id }) => id))) };
}

/** Conditions that no index answers: counting and listing would each look at every image, so it is done at once. */
function needsWholeList(filter: ImageFilter, words: readonly string[]): boolean {
  const { classId, duplicates, ids, file } = filter;
  return (
    words.length > 0 ||
    file === 'ok' ||
    classId !== undefined ||
    duplicates !== undefined ||
    ids !== undefined
  );
}

/** All ids of a filtered list in its order, gathered by SQLite into one text: 100,000 rows cost too much here. */
export function galleryIds(
  db: ReadableDb,
  filter: ImageFilter,
  order: GalleryOrder,
  words: readonly string[],
): ImageId[] {
  const list = listSql(filter, order, words);
  const row = db.get<{ ids: string }>(`SELECT json_group_array(id) AS ids FROM (${list.sql})`, list.params);
  return JSON.parse(row?.ids ?? '[]') as ImageId[];
}

type StoredRow = Omit<ImageRow, 'classIds'> & { readonly classIds: string };

/** Tiles of the given ids, in their order; `ids` is a JSON array. */
function rowsOf(db: ReadableDb, ids: string): ImageRow[] {
  return db
    .all<StoredRow>(
      `SELECT i.id, i.name, i.rel_path AS path, i.width, i.height, i.label_state AS state,
         i.file_state AS file, i.thumbnail,
         (SELECT json_group_array(a.class_id ORDER BY a.id) FROM annotations AS a
          WHERE a.image_id = i.id AND a.kind = 'label') AS classIds
       FROM json_each(?) AS wanted JOIN images AS i ON i.id = wanted.value
       ORDER BY wanted.key`,
      [ids],
    )
    .map(asRow);
}

function asRow(row: StoredRow): ImageRow {
  return { ...row, path: row.path.normalize('NFC'), classIds: JSON.parse(row.classIds) as ClassId[] };
}

/** One image with all that the panel beside it shows; `undefined` for an unknown or removed one. */
export function imageDetail(db: ReadableDb, id: ImageId): ImageDetail | undefined {
  const facts = db.get<
    Omit<ImageDetail, keyof ImageRow | 'duplicates' | 'labels'> & { sha256: string | null }
  >(
    `SELECT bytes, format, taken_at AS takenAt, group_key AS groupKey, added_at AS addedAt, sha256
     FROM images WHERE id = ? AND removed_at IS NULL`,
    [id],
  );
  const [row] = facts === undefined ? [] : rowsOf(db, JSON.stringify([id]));
  if (facts === undefined || row === undefined) return undefined;
  const { sha256, ...rest } = facts;
  return {
    ...row,
    ...rest,
    duplicates: sha256 === null ? [] : copiesOf(db, sha256, id),
    labels: db.all(
      `SELECT class_id AS classId, source, author, created_at AS createdAt FROM annotations
       WHERE image_id = ? AND kind = 'label' ORDER BY id`,
      [id],
    ),
  };
}

/** More copies than this are not listed one by one. */
const listedCopies = 100;

function copiesOf(db: ReadableDb, sha256: string, id: ImageId): { id: ImageId; path: string }[] {
  return db.all(
    `SELECT id, rel_path AS path FROM images WHERE sha256 = ? AND removed_at IS NULL AND id <> ?
     ORDER BY id LIMIT ?`,
    [sha256, id, listedCopies],
  );
}

/** Numbers beside the gallery's filters. `duplicates`: images that share their content with another. */
export function galleryCounts(db: ReadableDb): ImageCounts {
  const states = new Map(
    db
      .all<{ state: LabelState; n: number }>(
        'SELECT label_state AS state, count(*) AS n FROM images WHERE removed_at IS NULL GROUP BY label_state',
      )
      .map(({ state, n }) => [state, n]),
  );
  const files = new Map(
    db
      .all<{ state: string; n: number }>(
        `SELECT file_state AS state, count(*) AS n FROM images
         WHERE removed_at IS NULL AND file_state <> 'ok' GROUP BY file_state`,
      )
      .map(({ state, n }) => [state, n]),
  );
  const unlabeled = states.get('unlabeled') ?? 0;
  const labeled = states.get('labeled') ?? 0;
  const nothing = states.get('nothing') ?? 0;
  return {
    total: unlabeled + labeled + nothing,
    unlabeled,
    labeled,
    nothing,
    changed: files.get('changed') ?? 0,
    missing: files.get('missing') ?? 0,
    unreadable: files.get('unreadable') ?? 0,
    duplicates: countDuplicates(db),
    byClass: countByClass(db),
  };
}

function countDuplicates(db: ReadableDb): number {
  const row = db.get<{ n: number | null }>(
    `SELECT sum(n) AS n FROM (SELECT count(*) AS n FROM images
       WHERE removed_at IS NULL AND sha256 IS NOT NULL GROUP BY sha256 HAVING count(*) > 1)`,
  );
  return row?.n ?? 0;
}

function countByClass(db: ReadableDb): { classId: ClassId; images: number }[] {
  return db.all(
    `SELECT class_id AS classId, count(DISTINCT image_id) AS images FROM annotations
     WHERE class_id IS NOT NULL AND image_id NOT IN (SELECT id FROM images WHERE removed_at IS NOT NULL)
     GROUP BY class_id`,
  );
}

/** Images with the same content as one of the given sources' images, for the report of an import. */
export function duplicateGroups(
  db: ReadableDb,
  limit: number,
): { groups: { paths: string[] }[]; files: number } {
  const groups = db
    .all<{ paths: string }>(
      `SELECT json_group_array(rel_path ORDER BY id) AS paths FROM images
       WHERE removed_at IS NULL AND sha256 IS NOT NULL GROUP BY sha256 HAVING count(*) > 1
       ORDER BY min(id) LIMIT ?`,
      [limit],
    )
    .map(({ paths }) => ({ paths: JSON.parse(paths) as string[] }));
  return { groups, files: countDuplicates(db) };
}
