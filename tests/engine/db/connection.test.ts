import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkFile } from '../../../main/engine/db/aside.ts';
import { type Connection, openForReading, openForWriting } from '../../../main/engine/db/connection.ts';
import { createWriter } from '../../../main/engine/db/writer.ts';
import { trySharing } from '../../../main/engine/project/disk.ts';
import { failureOf, temporaryFolder } from '../support.ts';

async function newConnection(): Promise<Connection> {
  const connection = openForWriting(join(await temporaryFolder(), 'project.db'));
  onTestFinished(() => connection.close());
  connection.exec('CREATE TABLE t (value INTEGER) STRICT');
  return connection;
}
const valuesOf = (connection: Connection) =>
  connection.db.all<{ value: number }>('SELECT value FROM t ORDER BY value').map((row) => row.value);

test('every commit is synced, readers do not wait, references are enforced', async () => {
  const connection = await newConnection();
  expect(connection.pragma('journal_mode')).toBe('wal');
  expect(connection.pragma('synchronous')).toBe(2);
  expect(connection.pragma('foreign_keys')).toBe(1);
  expect(connection.pragma('locking_mode')).toBe('normal');
});

test('a reading connection sees what is committed and cannot write', async () => {
  const connection = await newConnection();
  const reading = openForReading(connection.file);
  onTestFinished(() => reading.close());
  connection.db.run('BEGIN');
  connection.db.run('INSERT INTO t VALUES (1)');
  expect(valuesOf(reading)).toEqual([]);
  connection.db.run('COMMIT');
  expect(valuesOf(reading)).toEqual([1]);
  expect(() => reading.db.run('INSERT INTO t VALUES (2)')).toThrow(/cannot be written|readonly/);
});

test('exclusive locking works without the shared-memory file', async () => {
  const file = join(await temporaryFolder(), 'project.db');
  const connection = openForWriting(file, 'exclusive');
  onTestFinished(() => connection.close());
  connection.exec('CREATE TABLE t (value INTEGER); INSERT INTO t VALUES (3)');
  expect(valuesOf(connection)).toEqual([3]);
  const { existsSync } = await import('node:fs');
  expect(existsSync(`${file}-wal`)).toBe(true);
  expect(existsSync(`${file}-shm`)).toBe(false);
});

test('sharing is tried out with real connections, and nothing is left of the trial', async () => {
  const folder = await temporaryFolder();
  expect(await trySharing(folder)).toBe('normal');
  expect(await trySharing(join(folder, 'not-there'))).toBe('exclusive');
  const { readdirSync } = await import('node:fs');
  expect(readdirSync(folder)).toEqual([]);
});

test('writers take turns, and one that throws leaves nothing behind', async () => {
  const connection = await newConnection();
  const writer = createWriter(connection);
  const long = writer.writeInSteps(function* (db) {
    for (let value = 0; value < 300; value++) {
      db.run('INSERT INTO t VALUES (?)', [value]);
      // As slow as a bulk edit, so that the transaction really spans several turns of the event loop.
      const until = performance.now() + 0.2;
      while (performance.now() < until);
      yield;
    }
    return 'long';
  });
  const failing = writer.write((db) => {
    db.run('INSERT INTO t VALUES (1000)');
    throw new Error('changed my mind');
  });
  const short = writer.write((db) => db.get<{ n: number }>('SELECT count(*) AS n FROM t')?.n);
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await long).toBe('long');
  expect(await short).toBe(300);
  expect(connection.inTransaction()).toBe(false);
});

test('a long transaction lets the event loop breathe', async () => {
  const connection = await newConnection();
  let turns = 0;
  const timer = setInterval(() => void turns++, 1);
  await createWriter(connection).writeInSteps(function* (db) {
    const until = performance.now() + 200;
    while (performance.now() < until) {
      db.run('INSERT INTO t VALUES (1)');
      yield;
    }
  });
  clearInterval(timer);
  // Without a breath there would be none; how many there are depends on how busy the computer is.
  expect(turns).toBeGreaterThanOrEqual(2);
});

test('a file that is no database, or has damaged pages, is named as such', async () => {
  const folder = await temporaryFolder();
  const text = join(folder, 'text.db');
  await writeFile(text, 'this is not a database, and long enough to be looked at '.repeat(20));
  expect((await failureOf(checkFile(text, false))).code).toBe('PROJECT_DAMAGED');
  const connection = await newConnection();
  const good = await checkFile(connection.file, true);
  expect(good.problems).toEqual([]);
  expect(good.sha256).toMatch(/^[0-9a-f]{64}$/);
});
