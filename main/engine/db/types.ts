/** Values that SQLite stores: whole numbers and reals, text, bytes, nothing. */
export type SqlValue = string | number | bigint | Uint8Array | null;
/** Positional (`?`) or named (`@name`) parameters of a statement. */
export type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/**
 * A database that can be asked but not changed: a function that takes this cannot write. Statements are
 * prepared once for each text and kept. `Row` is what the caller knows from the schema; SQL lives in
 * `main/engine/stores` and nowhere else.
 */
export interface ReadableDb {
  readonly get: <Row>(sql: string, params?: SqlParams) => Row | undefined;
  readonly all: <Row>(sql: string, params?: SqlParams) => Row[];
  /** Rows one by one, for results too long for memory; no write may happen before it ends. */
  readonly iterate: <Row>(sql: string, params?: SqlParams) => IterableIterator<Row>;
}

/** A database inside an open transaction; handed out by {@link OpenProject.write} only. */
export interface WritableDb extends ReadableDb {
  readonly run: (sql: string, params?: SqlParams) => { readonly changes: number; readonly lastId: number };
}
