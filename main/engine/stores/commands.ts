import type { CommandId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** What a command answered when it was carried out. */
export interface StoredCommand {
  readonly method: string;
  readonly outcome: string;
}

/** The stored answer of a command, if it was carried out before. */
export function findCommand(db: ReadableDb, id: CommandId): StoredCommand | undefined {
  return db.get<StoredCommand>('SELECT method, outcome FROM commands WHERE id = ?', [id]);
}

/** Keeps the answer in the transaction that did the work: both are there, or neither. */
export function storeCommand(
  db: WritableDb,
  id: CommandId,
  method: string,
  outcome: string,
  at: number,
): void {
  db.run('INSERT INTO commands (id, method, outcome, at) VALUES (?, ?, ?, ?)', [id, method, outcome, at]);
}

/** Forgets answers that no client can still be waiting for; scans, since an index would cost every command. */
export function forgetCommands(db: WritableDb, before: number): void {
  db.run('DELETE FROM commands WHERE at < ?', [before]);
}
