import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForWriting } from '../../../main/engine/db/connection.ts';
import { migrate } from '../../../main/engine/db/migrate.ts';
import type { SqlParams, WritableDb } from '../../../main/engine/db/types.ts';
import { imageLabeling, imagesWithClass } from '../../../main/engine/stores/annotations.ts';
import {
  latestGroups,
  latestUndo,
  newestStanding,
  newestStandingOf,
  redoableChanges,
  undoableChanges,
} from '../../../main/engine/stores/changes.ts';
import { listClasses } from '../../../main/engine/stores/classes.ts';
import { projectCounts } from '../../../main/engine/stores/project.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import { temporaryFolder } from '../support.ts';

/** Runs a store's own query and returns SQLite's plan for it, so that the very SQL in use is judged. */
async function plansOf(work: (db: WritableDb) => unknown): Promise<string[]> {
  const connection = openForWriting(join(await temporaryFolder(), 'project.db'));
  migrate(connection, 1);
  const { db } = connection;
  db.run("INSERT INTO sources (absolute_path, added_at) VALUES ('/x', 0)");
  db.run(
    `INSERT INTO images (source_id, rel_path, name, sort_key, search_key, added_at, label_state)
     VALUES (1, 'a', 'a', 'a', 'a', 0, 'labeled')`,
  );
  const plans: string[] = [];
  const explain = (sql: string, params?: SqlParams) => {
    const rows = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
    plans.push(...rows.map((row) => row.detail));
  };
  work({
    ...db,
    get: <Row>(sql: string, params?: SqlParams) => {
      explain(sql, params);
      return db.get<Row>(sql, params);
    },
    all: <Row>(sql: string, params?: SqlParams) => {
      explain(sql, params);
      return db.all<Row>(sql, params);
    },
  });
  connection.close();
  return plans;
}
const image = 1 as ImageId;

test.for<[string, (db: WritableDb) => unknown]>([
  ['labels of an image', (db) => imageLabeling(db, image)],
  ['images of a class', (db) => imagesWithClass(db, 1 as ClassId)],
  ['newest step', (db) => newestStanding(db)],
  ['newest step on an image', (db) => newestStandingOf(db, image)],
  ['changes of an older step', (db) => undoableChanges(db, 1, null, 500)],
  ['changes to redo', (db) => redoableChanges(db, 1, null, 500)],
  ['latest undo', (db) => latestUndo(db)],
  ['history', (db) => latestGroups(db, 100)],
])('%s: found by index, without a scan of changes, annotations or images', async ([, work]) => {
  const plans = await plansOf(work);
  expect(plans.length).toBeGreaterThan(0);
  const scans = plans.filter((plan) => /^SCAN (changes|c|later|annotations|a|images|i)\b/.test(plan));
  // A covering index read from its end is no scan of the table: SQLite stops at the first row.
  expect(scans.filter((plan) => !/USING COVERING INDEX/.test(plan))).toEqual([]);
  expect(plans.filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([]);
});

test('counting goes along an index', async () => {
  expect((await plansOf(projectCounts)).join('\n')).toMatch(/images USING INDEX images_by_state/);
  const classes = (await plansOf(listClasses)).join('\n');
  expect(classes).toMatch(/SEARCH a USING COVERING INDEX annotations_by_class/);
  expect(classes).toMatch(/SEARCH i USING INTEGER PRIMARY KEY/);
});
