import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type NumpyArray, readNpy } from '../../../main/trainer/networks/reference/npy.ts';
import { readNpz } from '../../../main/trainer/networks/reference/npz.ts';

const folder = new URL('../../fixtures/trainer/numpy/', import.meta.url);
const bytesOf = (name: string) => readFile(new URL(name, folder));
const read = async (name: string): Promise<NumpyArray> => readNpy(await bytesOf(name), name);
const table = [0.5, -1.25, 3, 4, 5.5, -6.75];

describe('arrays written by numpy', () => {
  it.each([
    ['float32.npy', 'float32'],
    ['float64.npy', 'float64'],
    ['version-2.npy', 'float32'],
    ['version-3.npy', 'float32'],
  ])('%s', async (name, dtype) => {
    const array = await read(name);
    expect(array).toMatchObject({ kind: 'numbers', tensor: { dtype, dims: [2, 3] } });
    expect([...(array as { tensor: { data: Float32Array } }).tensor.data]).toEqual(table);
  });

  it('of other kinds keep their values', async () => {
    // 0.5, −1.25 and 3 in half precision.
    expect(await read('float16.npy')).toMatchObject({
      tensor: { dtype: 'float16', data: Uint16Array.of(0x3800, 0xbd00, 0x4200, 0x4400, 0x4580, 0xc6c0) },
    });
    expect(await read('classes.npy')).toMatchObject({
      tensor: { dtype: 'int64', dims: [3], data: BigInt64Array.of(3n, 0n, 999n) },
    });
    expect(await read('photos.npy')).toMatchObject({
      tensor: { dtype: 'uint8', dims: [2, 2, 3, 3], data: Uint8Array.from({ length: 36 }, (_, at) => at) },
    });
    expect(await read('scalar.npy')).toMatchObject({ tensor: { dims: [], data: Float32Array.of(7) } });
    expect(await read('flags.npy')).toMatchObject({ tensor: { dtype: 'bool', data: Uint8Array.of(1, 0) } });
    expect(await read('texts.npy')).toEqual({ kind: 'texts', texts: ['a.png', 'folhá.png'] });
  });

  it.each([
    ['columns.npy', /by columns/],
    ['big-endian.npy', /big-endian/],
    ['objects.npy', /"\|O"/],
    ['records.npy', /header is not understood/],
    ['complex.npy', /"<c8"/],
  ])('%s is refused', async (name, why) => {
    await expect(read(name)).rejects.toThrow(why);
  });

  it('that were cut short, grew or are something else are refused', async () => {
    const bytes = await bytesOf('float32.npy');
    for (const length of [0, 5, 9, 20, bytes.length - 1])
      expect(() => readNpy(bytes.subarray(0, length), 'cut.npy')).toThrow(/cut\.npy cannot be read/);
    expect(() => readNpy(Buffer.concat([bytes, Buffer.of(0)]), 'long.npy')).toThrow(
      /needs 24 bytes, and it has 25/,
    );
    const code = Buffer.from(bytes);
    code.write("{'descr': __import__('os')", 10, 'latin1');
    expect(() => readNpy(code, 'code.npy')).toThrow(/header is not understood/);
  });
});

describe('archives written by numpy', () => {
  it.each(['stored.npz', 'compressed.npz'])('%s', async (name) => {
    const arrays = await readNpz(await bytesOf(name), name);
    expect([...arrays.keys()].sort()).toEqual(['features', 'files']);
    expect(arrays.get('features')).toMatchObject({ tensor: { data: Float32Array.from(table) } });
    expect(arrays.get('files')).toEqual({ kind: 'texts', texts: ['b.png', 'a.png'] });
  });

  it('that are damaged or no archives are refused by name', async () => {
    const bytes = await bytesOf('stored.npz');
    await expect(readNpz(bytes.subarray(0, 200), 'cut.npz')).rejects.toThrow(/cut\.npz cannot be read/);
    const changed = Buffer.from(bytes);
    const at = changed.indexOf(Buffer.from(Float32Array.of(-1.25).buffer));
    changed[at + 3] = 0x3f;
    await expect(readNpz(changed, 'changed.npz')).rejects.toThrow(/changed\.npz cannot be read/);
    await expect(readNpz(await bytesOf('float32.npy'), 'other.npz')).rejects.toThrow(
      /other\.npz cannot be read/,
    );
  });
});
