import { mkdir, mkdtemp, open, readdir, readlink, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openActivationCache } from '../../../main/trainer/data/activation-cache.ts';
import { narrowed } from '../../../main/trainer/data/halves.ts';
import { ensureSpace, openRecordStore } from '../../../main/trainer/data/record-store.ts';
import { floatsFromHalf } from '../../../main/trainer/graph/tensor.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-records-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const key = (number: number) => number.toString(16).padStart(64, '0');
const bytes = (value: number) => new Uint8Array(1000).fill(value);
const openStore = (shardName: string, description = 'test', recordBytes = 1000) =>
  openRecordStore(folder, { recordBytes, description, shardName });
const filled = async (count: number) => {
  const store = await openStore('first');
  for (let index = 0; index < count; index++) await store.write(key(index), bytes(index));
  await store.close();
  return join(folder, 'first.records');
};

/** Files of this process that are open below the folder; only Linux tells. */
const openFiles = async () => {
  if (process.platform !== 'linux') return [];
  const links = await Promise.allSettled(
    (await readdir('/proc/self/fd')).map((number) => readlink(`/proc/self/fd/${number}`)),
  );
  return links.filter((link) => link.status === 'fulfilled' && link.value.startsWith(folder));
};

test('records survive the process that wrote them, and several writers share a store', async () => {
  await filled(3);
  const one = await openStore('second');
  const other = await openStore('third');
  await one.write(key(7), bytes(7));
  await other.write(key(8), bytes(8));
  expect(await one.read(key(2))).toEqual(bytes(2));
  await one.close();
  await other.close();
  const all = await openStore('fourth');
  for (const number of [0, 1, 2, 7, 8]) expect(await all.read(key(number))).toEqual(bytes(number));
  expect(all.has(key(3))).toBe(false);
  expect(await all.read(key(3))).toBeNull();
  await all.close();
  expect((await readdir(folder)).sort()).toEqual(['first.records', 'second.records', 'third.records']);
});

test('a record cut short by a crash counts as absent, those before it stay', async () => {
  const path = await filled(3);
  await truncate(path, (await stat(path)).size - 1);
  const store = await openStore('second');
  expect([store.has(key(1)), store.has(key(2))]).toEqual([true, false]);
  await store.write(key(2), bytes(22));
  expect(await store.read(key(2))).toEqual(bytes(22));
  await store.close();
});

test('a damaged record is not believed, and the next process computes it again', async () => {
  const path = await filled(2);
  const file = await open(path, 'r+');
  await file.write(Buffer.from([255]), 0, 1, (await file.stat()).size - 500);
  await file.close();
  const store = await openStore('second');
  expect(await store.read(key(0))).toEqual(bytes(0));
  expect(await store.read(key(1))).toBeNull();
  expect(store.has(key(1))).toBe(false);
  await store.close();
  const next = await openStore('third');
  expect([next.has(key(0)), next.has(key(1))]).toEqual([true, false]);
  await next.write(key(1), bytes(1));
  await next.close();
  const last = await openStore('fourth');
  expect(await last.read(key(1))).toEqual(bytes(1));
  await last.close();
});

test('records of another kind are left alone', async () => {
  await filled(2);
  const other = await openStore('second', 'something else');
  expect(other.has(key(0))).toBe(false);
  expect(await openFiles()).toEqual([]);
  await other.close();
  const third = await openStore('third');
  await expect(third.write(key(5), new Uint8Array(3))).rejects.toThrow(RangeError);
  await third.close();
});

test.runIf(process.platform === 'linux')('what cannot be opened or begun leaves no file open', async () => {
  await filled(1);
  expect(await openFiles()).toEqual([]);
  const store = await openStore('second');
  // In the place of its own shard stands something else.
  await mkdir(join(folder, 'second.records'));
  await expect(store.write(key(1), bytes(1))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  await store.close();
  expect((await readdir(folder)).sort()).toEqual(['first.records', 'second.records']);
  expect(await openFiles()).toEqual([]);
  await expect(openStore('third')).rejects.toThrow('EISDIR');
  expect(await openFiles()).toEqual([]);
});

test('what the disk cannot hold is refused before anything is written, with the numbers', async () => {
  await expect(ensureSpace(folder, 2 ** 60)).rejects.toMatchObject({
    code: 'NO_SPACE',
    params: { needed: expect.any(Number), free: expect.any(Number) },
  });
  await ensureSpace(folder, 1000);
});

test('activations of another cut, shape or backbone never meet', async () => {
  const identity = {
    backbone: 'a',
    values: ['x'],
    dims: [[2, 3]],
    storage: 'half' as const,
    executor: 'onnx',
    height: 32,
    width: 64,
    fit: 'pad',
    pixels: 'p1',
  };
  const cache = await openActivationCache(folder, identity, { shardName: 's1' });
  const halves = narrowed(Float32Array.from([1, -2, 0.5, 70000, 1e-9, 3]));
  await cache.write('sha', 'plain', new Uint8Array(halves.buffer));
  const read = await cache.read('sha', 'plain');
  const floats = floatsFromHalf(new Uint16Array(read!.buffer));
  expect([...floats]).toEqual([1, -2, 0.5, 65504, 0, 3]);
  expect(cache.has('sha', 'h')).toBe(false);
  await cache.close();
  for (const change of [
    { backbone: 'b' },
    { values: ['y'] },
    { dims: [[3, 2]] },
    { executor: 'openvino' },
    { storage: 'single' as const },
    { height: 96 },
    { width: 96 },
    { pixels: 'p2' },
    { fit: 'stretch' },
  ]) {
    const other = await openActivationCache(folder, { ...identity, ...change }, { shardName: 's2' });
    expect(other.has('sha', 'plain'), JSON.stringify(change)).toBe(false);
    await other.close();
  }
});
