import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ActivationCache, openActivationCache } from '../../../main/trainer/data/activation-cache.ts';
import { plainView, type View, viewKey } from '../../../main/trainer/data/augmentation/view.ts';
import { activationSamples, pixelSamples } from '../../../main/trainer/data/samples.ts';
import { noAugmentation } from '../../../shared/domain/augmentation.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const SIDE = 8;
const IMAGE = 'a'.repeat(64);

let root: string;
let cache: ActivationCache;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-samples-'));
});
afterEach(async () => {
  await cache.close();
  await rm(root, { recursive: true, force: true });
});

function open(value: string, dims: readonly number[], storage: 'byte' | 'single'): Promise<ActivationCache> {
  const identity = { backbone: '', executor: '', values: [value], dims: [dims], storage, pixels: '' };
  const shape = { height: SIDE, width: SIDE, fit: 'pad' };
  return openActivationCache(root, { ...identity, ...shape }, { shardName: 'one' });
}

describe('pixels', () => {
  it('are seen anew at each draw, alike for the same one, and as they are without', async () => {
    cache = await open('pixels', [3, SIDE, SIDE], 'byte');
    const random = createRandom(2);
    const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => random.below(256));
    await cache.write(IMAGE, viewKey(plainView), pixels);
    const augmentation = { ...noAugmentation, rotation: 90, brightness: 0.3 };
    const mean = [127, 127, 127] as const;
    const samples = pixelSamples(cache, [IMAGE], { augmentation, seed: 1, mean, input: 'pixels' });
    const rows = async (draw: readonly number[] | null) => {
      const { data } = (await samples.batch([0, 0], 2, draw)).get('pixels')!;
      const bytes = data as Uint8Array;
      return [0, 1].map((row) => bytes.slice(row * pixels.length, (row + 1) * pixels.length));
    };
    const [one, other] = await rows([11, 12]);
    expect(one).not.toEqual(other);
    expect(await rows([12, 11])).toEqual([other, one]);
    expect(await rows(null)).toEqual([pixels, pixels]);
  });
});

describe('activations', () => {
  it('of each kept view come up by draw, and the image itself where nothing is drawn', async () => {
    cache = await open('maps', [1], 'single');
    const views: readonly View[] = [plainView, { ...plainView, warp: [-1, 0, SIDE, 0, 1, 0, 0, 0, 1] }];
    for (const [index, view] of views.entries())
      await cache.write(IMAGE, viewKey(view), new Uint8Array(Float32Array.of(index + 0.5).buffer));
    const samples = activationSamples(cache, [IMAGE], () => views);
    const rows = async (draw: Parameters<typeof samples.batch>[2]) => [
      ...((await samples.batch(new Array(40).fill(0), 40, draw)).get('maps')!.data as Float32Array),
    ];
    const drawn = await rows(Array.from({ length: 40 }, (_, row) => row));
    // Of 40 fair draws fewer than 10 of a kind would be one chance in a thousand; the draws are fixed.
    for (const value of [0.5, 1.5]) expect(drawn.filter((each) => each === value).length).toBeGreaterThan(9);
    expect(new Set(await rows(null))).toEqual(new Set([0.5]));
    expect(new Set(await rows(1))).toEqual(new Set([1.5]));
    expect(samples.views).toBe(2);
  });
});
