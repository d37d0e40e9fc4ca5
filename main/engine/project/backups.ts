import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Backup } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { checkFile } from '../db/aside.ts';
import { type Connection, makeSingleFile } from '../db/connection.ts';
import { asStudioError } from '../db/errors.ts';
import { exists, type ProjectPaths } from './folder.ts';

/** How many generations are kept. */
export const backupsKept = 10;

/** What is known of a backup, written beside it once it was checked. */
const record = z.object({
  takenAt: z.int(),
  verified: z.boolean(),
  images: z.int().nullable(),
  labels: z.int().nullable(),
  sha256: z.string(),
});
type BackupRecord = z.infer<typeof record>;
const namePattern = /^backup-\d{8}-\d{6}-\d{3}\.db$/;

/** The project's backups, newest first. A copy whose check is not recorded is listed as not verified. */
export async function listBackups(paths: ProjectPaths): Promise<Backup[]> {
  const names = (await exists(paths.backups)) ? await readdir(paths.backups) : [];
  const found = names.filter((name) => namePattern.test(name)).sort((a, b) => (a < b ? 1 : -1));
  return Promise.all(
    found.map(async (name) => {
      const known = await readRecord(paths, name);
      const { size, mtimeMs } = await stat(join(paths.backups, name));
      return {
        name,
        takenAt: known?.takenAt ?? Math.round(mtimeMs),
        bytes: size,
        verified: known?.verified ?? false,
        images: known?.images ?? null,
        labels: known?.labels ?? null,
      };
    }),
  );
}

async function readRecord(paths: ProjectPaths, name: string): Promise<BackupRecord | null> {
  try {
    const text = await readFile(recordPath(paths, name), 'utf8');
    return record.parse(JSON.parse(text));
  } catch {
    // Lost or damaged: the backup itself may still be good, and restoring checks it anyway.
    return null;
  }
}

function recordPath(paths: ProjectPaths, name: string): string {
  return join(paths.backups, `${name}.json`);
}

function backupName(now: number): string {
  const digits = new Date(now).toISOString().replace(/\D/g, '');
  return `backup-${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}.db`;
}

/**
 * Copies the open database by SQLite's own means, checks the copy, and only then gives it its name and lets the
 * oldest go. A copy equal to the newest backup is not kept: opening and closing ten times must not push out
 * older states. Returns the newest backup's name.
 */
export async function makeBackup(connection: Connection, paths: ProjectPaths, now: number): Promise<string> {
  const name = backupName(now);
  const target = join(paths.backups, name);
  const partial = `${target}.part`;
  try {
    await mkdir(paths.backups, { recursive: true });
    await connection.backup(partial);
    makeSingleFile(partial);
    const checked = await checkFile(partial, true);
    if (checked.problems.length > 0) throw damaged(connection.file, checked.problems);
    const [newest] = await listBackups(paths);
    const known = newest === undefined ? null : await readRecord(paths, newest.name);
    if (newest !== undefined && known?.verified && known.sha256 === checked.sha256) {
      await rm(partial, { force: true });
      return newest.name;
    }
    await rename(partial, target);
    const { images, labels, sha256 } = checked;
    const written: BackupRecord = { takenAt: now, verified: true, images, labels, sha256 };
    await writeWhole(recordPath(paths, name), JSON.stringify(written));
    await dropOldest(paths);
    return name;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw asStudioError(error, paths.backups);
  }
}

function damaged(file: string, problems: readonly string[]): StudioError {
  const message = `The project’s database “${basename(file)}” is damaged. It was left as it is; restore a backup.`;
  return new StudioError('PROJECT_DAMAGED', message, { file: basename(file), detail: problems[0] ?? '' });
}

async function dropOldest(paths: ProjectPaths): Promise<void> {
  const all = await listBackups(paths);
  for (const old of all.slice(backupsKept)) {
    await rm(join(paths.backups, old.name), { force: true });
    await rm(recordPath(paths, old.name), { force: true });
  }
}

/**
 * Puts a backup in the place of the database. The backup is checked first and copied, never moved; the replaced
 * database stays beside under a name of its own, its write-ahead log with it. The project must not be open.
 */
export async function restoreBackup(paths: ProjectPaths, name: string, now: number): Promise<void> {
  const source = join(paths.backups, name);
  // The name comes from outside: only one that we gave is a file we touch.
  if (!namePattern.test(name) || !(await exists(source))) {
    throw new StudioError('NOT_FOUND', `There is no backup “${name}”. Choose one from the list.`, {
      file: name,
    });
  }
  const checked = await checkFile(source, true);
  if (checked.problems.length > 0) throw damaged(source, checked.problems);
  const fresh = `${paths.database}.restoring`;
  try {
    await copyFile(source, fresh);
    await synced(fresh);
    const digits = backupName(now).slice('backup-'.length, -'.db'.length);
    const aside = join(paths.folder, `replaced-${digits}.db`);
    for (const suffix of ['-shm', '-wal', '']) {
      if (await exists(paths.database + suffix)) await rename(paths.database + suffix, aside + suffix);
    }
    await rename(fresh, paths.database);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw asStudioError(error, paths.database);
  }
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
