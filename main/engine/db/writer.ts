import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import type { WritableDb } from './types.ts';

/** Transactions of the one writing connection, one at a time in the order of their asking. */
export interface Writer {
  readonly write: <T>(work: (db: WritableDb) => T) => Promise<T>;
  readonly writeInSteps: <T>(work: (db: WritableDb) => Generator<void, T, void>) => Promise<T>;
  /** Resolves when everything asked for so far has ended. */
  readonly idle: () => Promise<void>;
}

/** Milliseconds after which a long transaction lets the event loop breathe: half a frame. */
const breath = 8;

/** The queue of writers over a connection; readers do not queue. */
export function createWriter(connection: Connection): Writer {
  const { db } = connection;
  let tail: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
  const begin = () => db.run('BEGIN IMMEDIATE');
  const commit = () => db.run('COMMIT');
  const rollback = () => {
    // SQLite itself rolls back on a full disk or an I/O error; there is then nothing left to take back.
    if (connection.inTransaction()) db.run('ROLLBACK');
  };
  return {
    write: (work) =>
      inTurn(() => {
        begin();
        try {
          const result = work(db);
          commit();
          return result;
        } catch (error) {
          rollback();
          throw error;
        }
      }),
    writeInSteps: (work) =>
      inTurn(async () => {
        begin();
        try {
          const result = await runInSteps(work(db));
          commit();
          return result;
        } catch (error) {
          rollback();
          throw error;
        }
      }),
    idle: async () => void (await tail),
  };
}

async function runInSteps<T>(steps: Generator<void, T, void>): Promise<T> {
  let started = performance.now();
  let step = steps.next();
  while (!step.done) {
    if (performance.now() - started > breath) {
      await nextTurn();
      started = performance.now();
    }
    step = steps.next();
  }
  return step.value;
}
