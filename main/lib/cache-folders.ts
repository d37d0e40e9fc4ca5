import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StudioError } from '../../shared/domain/errors.ts';
import { removeAbandoned } from './abandoned-lock.ts';
import { freeBytes } from './disk-space.ts';
import { systemCode } from './file-failure.ts';
import { isAlive } from './process-alive.ts';

/**
 * Folders of things that can be computed again, below one root, limited together. A folder is in use while a process
 * that took it is alive; folders that are not are removed, the least recently used first. What a crash leaves behind
 * (leases, half-removed folders) is cleared away by the next one who looks.
 */

/** Share of the disk's free space, what the cache holds counted as free, that it may take where nothing else is said. */
export const USUAL_CACHE_SHARE = 0.5;

const LEASE = '.lease-';
const USED = '.used';
const REMOVED = '.removed-';
const LOCK = '.lock';
/** A lock is held for milliseconds; one this old whose owner is not known belongs to a process that died holding it. */
const STALE_LOCK_MS = 30_000;
/** Removing a large cache may take minutes; after this long the number of a process that died may be another's. */
const LONGEST_LOCK_MS = 600_000;
const LOCK_WAIT_MS = 20;

/** A folder of the cache and what is known of it. */
export interface CacheFolder {
  readonly name: string;
  readonly bytes: number;
  /** What it will hold once those who use it have written what room was made for; never less than `bytes`. */
  readonly promised: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly inUse: boolean;
}

/** A folder that is kept from removal. */
export interface TakenFolder {
  readonly name: string;
  /** Says how many bytes the folder will come to hold, for others who make room meanwhile. */
  readonly promise: (bytes: number) => Promise<void>;
  readonly release: () => Promise<void>;
}

/** Takes a folder (made where it is missing), so that nobody removes it until it is released. */
export async function takeFolder(root: string, name: string): Promise<TakenFolder> {
  const folder = join(root, name);
  const lease = join(folder, `${LEASE}${process.pid}-${randomUUID()}`);
  await locked(root, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(lease, '');
    await writeFile(join(folder, USED), '');
  });
  return {
    name,
    promise: (bytes) => writeFile(lease, String(bytes)),
    release: async () => {
      await writeFile(join(folder, USED), '').catch(() => undefined);
      await unlink(lease).catch(() => undefined);
    },
  };
}

/** All folders below `root`, the least recently used first. */
export async function cacheFolders(root: string): Promise<CacheFolder[]> {
  const names = (await entries(root)).filter((name) => !name.startsWith('.') && !name.includes(REMOVED));
  const folders = await Promise.all(names.map((name) => describe(root, name)));
  return folders.filter((each) => each !== null).sort((one, other) => one.usedAt - other.usedAt);
}

/** Bytes that the cache holds, and bytes that it may: a share of what is free, itself included. */
export async function cacheSize(
  root: string,
  share: number,
): Promise<{ readonly bytes: number; readonly limit: number }> {
  await mkdir(root, { recursive: true });
  const bytes = (await cacheFolders(root)).reduce((sum, folder) => sum + folder.bytes, 0);
  return { bytes, limit: Math.floor(share * ((await freeBytes(root)) + bytes)) };
}

/** What is to be written to a folder. */
export interface WantedRoom {
  readonly folder: TakenFolder;
  readonly bytes: number;
}

/**
 * Removes folders that nobody uses, the least recently used first, until all that is wanted stays within the limit, with
 * what was promised to others and not yet written. Throws NO_SPACE where what is in use leaves no room even then; nothing
 * in use is ever touched.
 */
export async function makeRoom(
  root: string,
  limit: number | null,
  wanted: readonly WantedRoom[],
): Promise<void> {
  const needed = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = limit ?? (await cacheSize(root, USUAL_CACHE_SHARE)).limit;
  await locked(root, async () => {
    await clearLeftovers(root);
    const folders = await cacheFolders(root);
    let held = folders.reduce((sum, { promised }) => sum + promised, 0);
    for (const { name, promised, inUse } of folders) {
      if (held + needed <= most) break;
      if (inUse) continue;
      await remove(root, name);
      held -= promised;
    }
    if (held + needed > most) throw overLimit(root, held + needed, most);
    for (const { folder, bytes } of wanted) {
      const before = folders.find(({ name }) => name === folder.name)?.promised ?? 0;
      await folder.promise(before + bytes);
    }
  });
}

/** Removes everything that nobody uses; gives the bytes that were freed. */
export async function emptyCache(root: string): Promise<number> {
  let freed = 0;
  await locked(root, async () => {
    await clearLeftovers(root);
    for (const { name, bytes, inUse } of await cacheFolders(root)) {
      if (inUse) continue;
      await remove(root, name);
      freed += bytes;
    }
  });
  return freed;
}

function overLimit(folder: string, needed: number, free: number): StudioError {
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  return new StudioError(
    'NO_SPACE',
    `This needs ${megabytes(needed)} MB in ${folder}, but at most ${megabytes(free)} MB may be kept there. Allow more, keep fewer views of each image, or let fewer blocks learn.`,
    { folder, needed, free },
  );
}

async function describe(root: string, name: string): Promise<CacheFolder | null> {
  const folder = join(root, name);
  let bytes = 0;
  let promised = 0;
  let usedAt = 0;
  let inUse = false;
  for (const file of await entries(folder)) {
    if (file.startsWith(LEASE) && isAlive(Number(file.slice(LEASE.length).split('-')[0]))) {
      inUse = true;
      promised = Math.max(promised, Number(await readFile(join(folder, file), 'utf8').catch(() => 0)));
    }
    const found = await stat(join(folder, file)).catch(() => null);
    bytes += found?.size ?? 0;
    usedAt = Math.max(usedAt, found?.mtimeMs ?? 0);
  }
  return usedAt === 0 ? null : { name, bytes, promised: Math.max(promised, bytes), usedAt, inUse };
}

/** First out of the way in one step, then file by file: a crash in between leaves nothing that looks like a cache. */
async function remove(root: string, name: string): Promise<void> {
  const away = join(root, `${name}${REMOVED}${randomUUID()}`);
  await rename(join(root, name), away);
  await rm(away, { recursive: true, force: true });
}

async function clearLeftovers(root: string): Promise<void> {
  for (const name of await entries(root)) {
    if (name.includes(REMOVED)) await rm(join(root, name), { recursive: true, force: true });
  }
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  });
}

/** Whether a lock's owner is no more. A clock that was set back must not keep everybody waiting until it has caught up. */
async function isLeftBehind(path: string): Promise<boolean> {
  try {
    const age = Math.abs(Date.now() - (await stat(path)).mtimeMs);
    const owner = await readFile(path, 'utf8');
    if (owner === '') return age > STALE_LOCK_MS;
    return !isAlive(Number(owner)) || age > LONGEST_LOCK_MS;
  } catch {
    // Given back meanwhile.
    return false;
  }
}

/** One process at a time takes or removes folders: between looking whether one is in use and removing it nobody takes it. */
async function locked<T>(root: string, work: () => Promise<T>): Promise<T> {
  await mkdir(root, { recursive: true });
  const path = join(root, LOCK);
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      if (await isLeftBehind(path)) await removeAbandoned(path, () => isLeftBehind(path));
      else await delay(LOCK_WAIT_MS);
    }
  }
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => undefined);
  }
}
