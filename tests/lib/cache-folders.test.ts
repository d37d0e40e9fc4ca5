import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheFolders, cacheSize, emptyCache, makeRoom, takeFolder } from '../../main/lib/cache-folders.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-cache-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A folder of `bytes` last used `age` seconds ago, and let go again. */
async function made(name: string, bytes: number, age: number): Promise<void> {
  const { release } = await takeFolder(root, name);
  await writeFile(join(root, name, 'a.records'), Buffer.alloc(bytes));
  await release();
  const then = Date.now() / 1000 - age;
  for (const file of ['a.records', '.used']) await utimes(join(root, name, file), then, then);
}
/** Makes room for a folder that is not there yet. */
async function room(limit: number, bytes: number): Promise<void> {
  const folder = { name: 'to come', promise: async () => undefined, release: async () => undefined };
  await makeRoom(root, limit, [{ folder, bytes }]);
}
const names = async () => (await cacheFolders(root)).map(({ name }) => name);

test('room is made by removing the least recently used, and no more than needed', async () => {
  await made('new', 1000, 10);
  await made('old', 1000, 3000);
  await made('middle', 1000, 200);
  await room(4000, 1000);
  expect(await names()).toEqual(['old', 'middle', 'new']);
  await room(4000, 1500);
  expect(await names()).toEqual(['middle', 'new']);
  await room(4000, 3000);
  expect(await names()).toEqual(['new']);
});

test('what is in use is never removed; where it leaves no room that is said, with both numbers', async () => {
  await made('busy', 1000, 5000);
  await made('idle', 1000, 10);
  const { release } = await takeFolder(root, 'busy');
  await expect(room(1500, 600)).rejects.toMatchObject({
    code: 'NO_SPACE',
    params: { needed: 1600, free: 1500 },
  });
  expect(await names()).toEqual(['busy']);
  expect(await emptyCache(root)).toBe(0);
  await release();
  expect(await emptyCache(root)).toBe(1000);
  expect(await names()).toEqual([]);
});

test('a process that died holds nothing: its leases, its lock and half-removed folders are cleared away', async () => {
  await made('dead', 1000, 10);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await writeFile(join(root, 'dead', `.lease-${pid}-x`), '');
  await mkdir(join(root, 'gone.removed-1'));
  await writeFile(join(root, 'gone.removed-1', 'a.records'), Buffer.alloc(10));
  await writeFile(join(root, '.lock'), '');
  const long = Date.now() / 1000 - 120;
  await utimes(join(root, '.lock'), long, long);
  expect((await cacheFolders(root)).map(({ name, inUse }) => [name, inUse])).toEqual([['dead', false]]);
  await room(500, 100);
  expect(await names()).toEqual([]);
  expect(existsSync(join(root, 'gone.removed-1'))).toBe(false);
});

test('without a limit of its own the cache may take half of what is free, itself included', async () => {
  await made('one', 5000, 1);
  const half = await cacheSize(root, 0.5);
  expect(half.bytes).toBe(5000);
  expect(half.limit).toBeGreaterThan(2500);
  expect((await cacheSize(root, 0.01)).limit).toBeLessThan(half.limit / 10);
});

test('taken and released at once by many, nothing is lost', async () => {
  const releases = await Promise.all(
    Array.from({ length: 20 }, (_, index) => takeFolder(root, `f${index % 4}`)),
  );
  await room(0, 0);
  expect((await names()).sort()).toEqual(['f0', 'f1', 'f2', 'f3']);
  await Promise.all(releases.map(({ release }) => release()));
  expect((await cacheFolders(root)).every(({ inUse }) => !inUse)).toBe(true);
});

test('of many who find a lock left behind one at a time goes in', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  let inside = 0;
  let most = 0;
  const promise = async () => {
    most = Math.max(most, ++inside);
    await delay(5);
    inside -= 1;
  };
  const folder = { name: 'to come', promise, release: async () => undefined };
  // Often enough for every order in which they may come.
  for (let round = 0; round < 20; round++) {
    await writeFile(join(root, '.lock'), String(pid));
    await Promise.all(Array.from({ length: 8 }, () => makeRoom(root, 1000, [{ folder, bytes: 1 }])));
    expect(most, `round ${round}`).toBe(1);
  }
  expect((await readdir(root)).filter((name) => name.startsWith('.lock'))).toEqual([]);
});

test('what is promised counts as held until it is given back, whoever asks', async () => {
  const [one, other] = [await takeFolder(root, 'one'), await takeFolder(root, 'other')];
  await made('idle', 500, 10);
  await makeRoom(root, 2000, [
    { folder: one, bytes: 900 },
    { folder: other, bytes: 500 },
  ]);
  expect(await names()).toContain('idle');
  // Half of it is written: as much is held as before, and what is shown is what is there.
  await writeFile(join(root, 'one', 'a.records'), Buffer.alloc(450));
  expect((await cacheSize(root, 0.5)).bytes).toBeLessThan(1000);
  const third = await takeFolder(root, 'third');
  await makeRoom(root, 2000, [{ folder: third, bytes: 400 }]);
  expect(await names()).not.toContain('idle');
  await expect(makeRoom(root, 2000, [{ folder: third, bytes: 300 }])).rejects.toMatchObject({
    code: 'NO_SPACE',
    params: { needed: 2100 },
  });
  await other.release();
  await makeRoom(root, 2000, [{ folder: third, bytes: 300 }]);
});

test('a lock whose owner died is not waited for, nor one that a clock set back has put into the future', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await writeFile(join(root, '.lock'), String(pid));
  const began = performance.now();
  await room(1000, 0);
  await writeFile(join(root, '.lock'), '');
  const tomorrow = Date.now() / 1000 + 86_400;
  await utimes(join(root, '.lock'), tomorrow, tomorrow);
  await room(1000, 0);
  expect(performance.now() - began).toBeLessThan(2000);
  await writeFile(join(root, '.lock'), String(process.pid));
  const waiting = room(1000, 0).then(() => 'made');
  const soon = new Promise((resolve) => setTimeout(() => resolve('waits'), 100));
  expect(await Promise.race([waiting, soon])).toBe('waits');
  await rm(join(root, '.lock'));
  expect(await waiting).toBe('made');
});
