import { basename } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { Connection } from './connection.ts';
import type { Migration } from './migration.ts';
import { initial } from './migrations/001-initial.ts';
import { runLogParams } from './migrations/002-run-log-params.ts';

/** All steps of the schema in order; the last one's number is the version this program writes. */
export const migrations: readonly Migration[] = [initial, runLogParams];

/** Marks a SQLite file as a project of ours ("Enxt"), so that any other database is refused, not migrated. */
export const applicationId = 0x456e7874;

const historyTable = `CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT`;

/**
 * Brings the database to the newest schema in one transaction: after a crash it is at the old version or the
 * new one. StudioError PROJECT_NEWER for a file of a later program, PROJECT_DAMAGED for one whose history is
 * not a beginning of ours. Returns the numbers of the steps that were run.
 */
export function migrate(
  connection: Connection,
  now: number,
  steps: readonly Migration[] = migrations,
): readonly number[] {
  checkOwnFile(connection);
  connection.exec('BEGIN IMMEDIATE');
  try {
    connection.exec(historyTable);
    const done = connection.db.all<{ number: number; name: string }>(
      'SELECT number, name FROM migrations ORDER BY number',
    );
    checkHistory(connection.file, done, steps);
    const open = steps.slice(done.length);
    for (const step of open) {
      for (const sql of step.sql) connection.exec(sql);
      connection.db.run('INSERT INTO migrations (number, name, at) VALUES (?, ?, ?)', [
        step.number,
        step.name,
        now,
      ]);
    }
    // Only once: writing it again would change a file in which nothing has changed.
    if (open.length > 0) connection.pragma(`application_id = ${applicationId}`);
    connection.exec('COMMIT');
    return open.map((step) => step.number);
  } catch (error) {
    if (connection.inTransaction()) connection.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Whether opening this file would change its schema; `none` also for a new, empty file. Refuses files that are
 * not ours, as `migrate` does.
 */
export function pendingMigrations(connection: Connection): 'none' | 'some' {
  checkOwnFile(connection);
  const table = connection.db.get("SELECT 1 FROM sqlite_master WHERE name = 'migrations'");
  if (table === undefined) return 'none';
  const last = connection.db.get<{ n: number | null }>('SELECT max(number) AS n FROM migrations')?.n ?? 0;
  return last < (migrations.at(-1)?.number ?? 0) ? 'some' : 'none';
}

function checkOwnFile(connection: Connection): void {
  const id = connection.pragma('application_id');
  if (id === applicationId) return;
  const tables = connection.db.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_master');
  if (id !== 0 || tables?.n !== 0) throw foreignFile(connection.file);
}

/** The refusal of a database that another program made. */
export function foreignFile(path: string): StudioError {
  const file = basename(path);
  const message = `“${file}” is a database, but not one of this program. It was left as it is.`;
  return new StudioError('PROJECT_DAMAGED', message, { file });
}

function checkHistory(
  path: string,
  done: readonly { readonly number: number; readonly name: string }[],
  steps: readonly Migration[],
): void {
  const file = basename(path);
  const last = done.at(-1);
  const known = steps.at(-1)?.number ?? 0;
  if (last !== undefined && last.number > known) {
    const message = `“${file}” was made by a newer version of the program (${last.number} > ${known}). Update the program to open it.`;
    throw new StudioError('PROJECT_NEWER', message, { file, version: last.number, supported: known });
  }
  const same = done.every((row, index) => {
    const step = steps[index];
    return step !== undefined && step.number === row.number && step.name === row.name;
  });
  if (!same) {
    const message = `“${file}” has a history that this program does not know. It was left as it is; restore a backup.`;
    throw new StudioError('PROJECT_DAMAGED', message, { file });
  }
}
