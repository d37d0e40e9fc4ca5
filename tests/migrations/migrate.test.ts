import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openForWriting } from '../../main/engine/db/connection.ts';
import { migrate, migrations, pendingMigrations } from '../../main/engine/db/migrate.ts';
import type { Migration } from '../../main/engine/db/migration.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import { temporaryFolder } from '../engine/support.ts';

async function newFile(): Promise<string> {
  return join(await temporaryFolder(), 'project.db');
}
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StudioError) return error.code;
    throw error;
  }
  return 'no failure';
}
const next: Migration = {
  number: migrations.length + 1,
  name: 'next',
  sql: ['CREATE TABLE extra (id INTEGER PRIMARY KEY)', 'INSERT INTO extra (id) VALUES (7)'],
};

const numbers = migrations.map((step) => step.number);

test('a new file gets every table, and a second run changes nothing', async () => {
  const connection = openForWriting(await newFile());
  expect(migrate(connection, 1)).toEqual(numbers);
  const tables = connection.db
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map((row) => row.name)
    .sort();
  expect(tables).toEqual(
    [
      'project sources images classes annotations change_groups changes commands snapshots snapshot_images',
      'splits split_folds runs metrics predictions run_log exports migrations',
    ]
      .join(' ')
      .split(' ')
      .sort(),
  );
  expect(migrate(connection, 2)).toEqual([]);
  expect(pendingMigrations(connection)).toBe('none');
  connection.close();
});

test('001 refuses what would break the project: foreign keys, states, two classes of one name', async () => {
  const connection = openForWriting(await newFile());
  migrate(connection, 1);
  const { db } = connection;
  const image = `INSERT INTO images (source_id, rel_path, name, sort_key, search_key, added_at`;
  expect(() => db.run(`${image}) VALUES (9, 'a', 'a', 'a', 'a', 0)`)).toThrow(/FOREIGN KEY/);
  db.run("INSERT INTO sources (absolute_path, added_at) VALUES ('/x', 0)");
  expect(() => db.run(`${image}, label_state) VALUES (1, 'a', 'a', 'a', 'a', 0, 'odd')`)).toThrow(/CHECK/);
  const named = `INSERT INTO classes (name, name_key, colour, position, created_at) VALUES ('Rust', 'rust', '#000000', 0, 0)`;
  db.run(named);
  expect(() => db.run(named)).toThrow(/UNIQUE/);
  connection.close();
});

test('the next migration keeps the rows that are there', async () => {
  const connection = openForWriting(await newFile());
  migrate(connection, 1);
  connection.db.run("INSERT INTO project (key, value) VALUES ('name', 'Leaves')");
  expect(migrate(connection, 2, [...migrations, next])).toEqual([next.number]);
  expect(connection.db.all('SELECT * FROM project')).toEqual([{ key: 'name', value: 'Leaves' }]);
  expect(connection.db.all('SELECT * FROM extra')).toEqual([{ id: 7 }]);
  connection.close();
});

test('a migration that fails half-way leaves the old version whole', async () => {
  const connection = openForWriting(await newFile());
  migrate(connection, 1);
  const broken: Migration = { ...next, sql: [...next.sql, 'INSERT INTO nowhere VALUES (1)'] };
  expect(() => migrate(connection, 2, [...migrations, broken])).toThrow(/nowhere/);
  expect(connection.db.all("SELECT name FROM sqlite_master WHERE name = 'extra'")).toEqual([]);
  expect(connection.db.all('SELECT number FROM migrations')).toEqual(numbers.map((number) => ({ number })));
  connection.close();
});

test('a database of a newer program is refused by name and left as it is', async () => {
  const connection = openForWriting(await newFile());
  migrate(connection, 1, [...migrations, next]);
  expect(codeOf(() => migrate(connection, 2))).toBe('PROJECT_NEWER');
  expect(connection.db.all('SELECT number FROM migrations')).toEqual(
    [...numbers, next.number].map((number) => ({ number })),
  );
  connection.close();
});

test('a history that is not a beginning of ours is damage, not something to go on from', async () => {
  const connection = openForWriting(await newFile());
  migrate(connection, 1);
  connection.db.run("UPDATE migrations SET name = 'other' WHERE number = 1");
  expect(codeOf(() => migrate(connection, 2))).toBe('PROJECT_DAMAGED');
  connection.db.run("UPDATE migrations SET name = 'initial' WHERE number = 1");
  connection.db.run(`UPDATE migrations SET number = ${next.number + 1} WHERE number = ${migrations.length}`);
  expect(codeOf(() => migrate(connection, 2))).toBe('PROJECT_NEWER');
  connection.close();
});

test('a database of another program is not migrated', async () => {
  const file = await newFile();
  const foreign = new Sqlite(file);
  foreign.exec('CREATE TABLE photos (id INTEGER)');
  foreign.close();
  const connection = openForWriting(file);
  expect(codeOf(() => migrate(connection, 1))).toBe('PROJECT_DAMAGED');
  expect(connection.db.all("SELECT name FROM sqlite_master WHERE name = 'images'")).toEqual([]);
  connection.close();
});

test('migrations are numbered from 1 without gaps', () => {
  expect(migrations.map((step) => step.number)).toEqual(migrations.map((_, index) => index + 1));
});

test('002 keeps the lines of logs that were written before it, without values', async () => {
  const file = await newFile();
  const first = openForWriting(file);
  migrate(first, 1, migrations.slice(0, 1));
  first.close();
  const raw = new Sqlite(file);
  raw.pragma('foreign_keys = OFF');
  raw.exec(
    "INSERT INTO run_log (run_id, at, level, code, message) VALUES ('a', 5, 'info', 'TRAIN_KEPT', 'Kept.')",
  );
  raw.close();
  const connection = openForWriting(file);
  expect(migrate(connection, 2)).toEqual(numbers.slice(1));
  expect(connection.db.all('SELECT message, params FROM run_log')).toEqual([
    { message: 'Kept.', params: '{}' },
  ]);
  connection.close();
});
