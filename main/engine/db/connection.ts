import Sqlite from 'better-sqlite3';
import { asStudioError } from './errors.ts';
import type { ReadableDb, SqlParams, WritableDb } from './types.ts';

/** How the file may be shared: `exclusive` where the disk cannot share memory between processes. */
export type Locking = 'normal' | 'exclusive';

/** An open database file: what transactions, migrations, backups and checks are built from. */
export interface Connection {
  readonly file: string;
  readonly db: WritableDb;
  /** Runs SQL without parameters: schema, BEGIN, COMMIT. */
  readonly exec: (sql: string) => void;
  readonly pragma: (text: string) => unknown;
  readonly inTransaction: () => boolean;
  /** Copies the whole database page by page by SQLite's own means while it stays in use. */
  readonly backup: (target: string) => Promise<void>;
  readonly close: () => void;
}

/** Settings of every connection that writes, each with its reason. */
function prepareForWriting(sqlite: Sqlite.Database, locking: Locking): void {
  // Must come before the journal mode: only then does WAL do without the shared-memory file, which network
  // shares and some sticks cannot map.
  sqlite.pragma(`locking_mode = ${locking === 'exclusive' ? 'EXCLUSIVE' : 'NORMAL'}`);
  // Readers go on while one writes, and a crash leaves either the old or the new state.
  sqlite.pragma('journal_mode = WAL');
  // Each commit is on the disk before it is acknowledged: labels survive a power cut, not only a crash.
  sqlite.pragma('synchronous = FULL');
  // Not enabled by default in SQLite; without it the references in the schema are comments.
  sqlite.pragma('foreign_keys = ON');
  // Views and triggers of a foreign file must not call functions with side effects.
  sqlite.pragma('trusted_schema = OFF');
  // Sorting and grouping of long lists in memory instead of temporary files beside the project.
  sqlite.pragma('temp_store = MEMORY');
  // 16 MB of pages: the indices of 100,000 images stay in memory.
  sqlite.pragma('cache_size = -16000');
  // The log is folded back every 4,000 pages (16 MB): with SQLite's 1,000 it would be once in a hundred labels,
  // and those would be the slow ones. What a bulk edit left is cut off afterwards.
  sqlite.pragma('wal_autocheckpoint = 4000');
  sqlite.pragma('journal_size_limit = 16000000');
}

/** Milliseconds that a connection waits for another process (a virus scanner, a copy) before it gives up. */
const busyTimeout = 5000;

/**
 * Opens the database for writing, creating it if it is not there; StudioError names the file and what to do
 * where the disk, the rights or the content do not allow it.
 */
export function openForWriting(file: string, locking: Locking = 'normal'): Connection {
  return opened(file, () => {
    const sqlite = new Sqlite(file, { timeout: busyTimeout });
    return configured(sqlite, () => prepareForWriting(sqlite, locking));
  });
}

/** Opens the database so that nothing can be written through it; it sees what is committed, as of each query. */
export function openForReading(file: string): Connection {
  return opened(file, () => {
    const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: busyTimeout });
    return configured(sqlite, () => {
      sqlite.pragma('query_only = ON');
      sqlite.pragma('trusted_schema = OFF');
      sqlite.pragma('temp_store = MEMORY');
      sqlite.pragma('cache_size = -16000');
    });
  });
}

/**
 * Makes a copy of a database a single file that opens anywhere, also where there can be no shared memory: it
 * inherits write-ahead logging from the original. Nobody else may have it open.
 */
export function makeSingleFile(file: string): void {
  opened(file, () => {
    const sqlite = new Sqlite(file, { fileMustExist: true, timeout: busyTimeout });
    return configured(sqlite, () => {
      sqlite.pragma('locking_mode = EXCLUSIVE');
      sqlite.pragma('journal_mode = DELETE');
    });
  }).close();
}

function configured(sqlite: Sqlite.Database, configure: () => void): Sqlite.Database {
  try {
    configure();
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function opened(file: string, open: () => Sqlite.Database): Connection {
  try {
    return connectionOf(file, open());
  } catch (error) {
    throw asStudioError(error, file);
  }
}

function connectionOf(file: string, sqlite: Sqlite.Database): Connection {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asStudioError(error, file);
    }
  };
  return {
    file,
    db: statements(sqlite, guarded),
    exec: (sql) => guarded(() => void sqlite.exec(sql)),
    pragma: (text) => guarded(() => sqlite.pragma(text, { simple: true })),
    inTransaction: () => sqlite.inTransaction,
    backup: async (target) => {
      try {
        // A few hundred pages at a time: the event loop is never held for long.
        await sqlite.backup(target, { progress: () => 200 });
      } catch (error) {
        throw asStudioError(error, target);
      }
    },
    close: () => sqlite.close(),
  };
}

/** Prepared statements by their text: preparing costs more than most of our queries. */
function statements(sqlite: Sqlite.Database, guarded: <T>(work: () => T) => T): WritableDb {
  const cache = new Map<string, Sqlite.Statement>();
  const prepared = (sql: string): Sqlite.Statement => {
    let statement = cache.get(sql);
    if (statement === undefined) {
      statement = sqlite.prepare(sql);
      cache.set(sql, statement);
    }
    return statement;
  };
  const none = [] as SqlParams;
  return {
    get: <Row>(sql: string, params: SqlParams = none) =>
      guarded(() => prepared(sql).get(params) as Row | undefined),
    all: <Row>(sql: string, params: SqlParams = none) => guarded(() => prepared(sql).all(params) as Row[]),
    // A statement of its own: a cached one would be busy if the same query were iterated twice at a time.
    iterate: <Row>(sql: string, params: SqlParams = none) =>
      guarded(() => sqlite.prepare(sql).iterate(params) as IterableIterator<Row>),
    run: (sql, params = none) =>
      guarded(() => {
        const result = prepared(sql).run(params);
        return { changes: result.changes, lastId: Number(result.lastInsertRowid) };
      }),
  };
}

/** The reading half of a database, for a connection that has to serve both (exclusive locking). */
export function readOnlyView(db: WritableDb): ReadableDb {
  return { get: db.get, all: db.all, iterate: db.iterate };
}
