import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { asStudioError } from './errors.ts';

/** What a check of a database file found. */
export interface FileCheck {
  /** Empty: the file is whole. */
  readonly problems: readonly string[];
  readonly images: number | null;
  readonly labels: number | null;
  readonly sha256: string;
  /** SQLite's mark of the program that a database belongs to; 0 where it has none. */
  readonly applicationId: number;
}

const answer = z.union([
  z.object({
    problems: z.array(z.string()),
    images: z.number().nullable(),
    labels: z.number().nullable(),
    sha256: z.string(),
    applicationId: z.number(),
  }),
  z.object({ error: z.string(), code: z.string() }),
]);

/**
 * Runs in a thread of its own. It is text because the engine is built into a single file that a worker could
 * not be started from; it needs nothing but the addon, whose place is handed in.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const count = (db, sql) => { try { return db.prepare(sql).pluck().get(); } catch { return null; } };
const hash = async (file) => {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(file)) sum.update(chunk);
  return sum.digest('hex');
};
(async () => {
  try {
    const Sqlite = require(workerData.addon);
    const db = new Sqlite(workerData.file, { readonly: true, fileMustExist: true, timeout: 5000 });
    const rows = db.prepare('PRAGMA ' + (workerData.full ? 'integrity_check' : 'quick_check') + '(20)').pluck().all();
    const problems = rows.filter((row) => row !== 'ok');
    const images = count(db, 'SELECT count(*) FROM images WHERE removed_at IS NULL');
    const labels = count(db, 'SELECT count(*) FROM annotations');
    const applicationId = db.pragma('application_id', { simple: true });
    db.close();
    const sha256 = workerData.full ? await hash(workerData.file) : '';
    parentPort.postMessage({ problems, images, labels, sha256, applicationId });
  } catch (error) {
    parentPort.postMessage({ error: String(error && error.message), code: String((error && error.code) || '') });
  }
})();
`;

/**
 * Checks a database file without holding the event loop: SQLite's check of a large file takes seconds and
 * cannot be paused. `full`: `integrity_check` with the file's hash; otherwise `quick_check`, which leaves out
 * the comparison of indices with tables. StudioError where the file cannot be opened at all.
 */
export function checkFile(file: string, full: boolean): Promise<FileCheck> {
  const addon = createRequire(import.meta.url).resolve('better-sqlite3');
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData: { addon, file, full }, execArgv: [] });
    worker.once('message', (message: unknown) => {
      const result = answer.parse(message);
      if ('problems' in result) resolve(result);
      else reject(asStudioError(Object.assign(new Error(result.error), { code: result.code }), file));
    });
    worker.once('error', (error) => reject(error));
  });
}
