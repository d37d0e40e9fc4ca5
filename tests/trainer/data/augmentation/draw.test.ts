import { describe, expect, it } from 'vitest';
import { cachedViews, freshView } from '../../../../main/trainer/data/augmentation/draw.ts';
import { renderView } from '../../../../main/trainer/data/augmentation/render.ts';
import { plainView, type View, viewKey } from '../../../../main/trainer/data/augmentation/view.ts';
import { type Augmentation, augmentation } from '../../../../shared/contract/augmentation.ts';
import {
  augmentationPresets,
  cachedViewCount,
  isDrawn,
  noAugmentation,
  presetSettings,
} from '../../../../shared/domain/augmentation.ts';
import { createRandom } from '../../../../shared/domain/random.ts';

const size = { width: 40, height: 40 };
const canvas = { ...size, mean: [124, 116, 104] } as const;
const image = { seed: 1, sha256: 'a'.repeat(64) };
const pixels = Uint8Array.from({ length: 3 * 40 * 40 }, (_, at) => (at * 7 + Math.floor(at / 40) * 3) % 256);

async function shown(
  view: View,
  of = pixels,
  on: typeof canvas | { width: number; height: number } = canvas,
) {
  const target = new Uint8Array(of.length + 2).fill(255);
  await renderView(of, { mean: canvas.mean, ...on }, view, target, 1);
  expect([target[0], target.at(-1)]).toEqual([255, 255]);
  return target.subarray(1, -1);
}
const flips: Augmentation = { ...noAugmentation, flipHorizontal: true, flipVertical: true, views: 16 };
const everything: Augmentation = {
  ...flips,
  quarterTurns: true,
  ...{ rotation: 180, shrink: 0.5, shift: 0.5, perspective: 1, crop: 0.95 },
  ...{ brightness: 0.5, contrast: 0.5, saturation: 1, hue: 0.5 },
  ...{ blur: 5, noise: 0.25, jpeg: 95, erasing: 0.5 },
  randAugment: { operations: 4, magnitude: 30, kinds: 'all' },
};

describe('cached views', () => {
  it('are the picture itself first, then each way it may lie, and no two are equal', () => {
    const keys = cachedViews(flips, image, size).map(viewKey);
    expect(keys).toEqual(['plain', '-1 0 40 0 1 0 0 0 1', '1 0 0 0 -1 40 0 0 1', '-1 0 40 0 -1 40 0 0 1']);
    expect(cachedViews({ ...flips, views: 2 }, image, size)).toHaveLength(2);
    expect(cachedViews(noAugmentation, image, size)).toEqual([plainView]);
    const turned = cachedViews({ ...flips, quarterTurns: true }, image, size).map(viewKey);
    expect(new Set(turned).size).toBe(8);
    expect(cachedViews({ ...noAugmentation, quarterTurns: true, views: 9 }, image, size)).toHaveLength(4);
    const long = { width: 64, height: 32 };
    expect(cachedViews({ ...flips, quarterTurns: true }, image, long)).toHaveLength(4);
  });

  it.each([true, false])('are as many as the estimate counts, square: %s', (isSquare) => {
    const shape = isSquare ? size : { width: 64, height: 32 };
    for (const quarterTurns of [true, false]) {
      for (const flipHorizontal of [true, false]) {
        for (const flipVertical of [true, false]) {
          const settings = { ...noAugmentation, quarterTurns, flipHorizontal, flipVertical, views: 16 };
          const views = cachedViews(settings, image, shape);
          expect(views).toHaveLength(cachedViewCount(settings, isSquare));
          expect(new Set(views.map(viewKey)).size).toBe(views.length);
        }
      }
    }
  });

  it('are drawn from seed, content and number alone', () => {
    const keys = (of: typeof image) => cachedViews(everything, of, size).map(viewKey);
    expect(new Set(keys(image)).size).toBe(16);
    expect(keys(image)).toEqual(keys({ ...image }));
    expect(keys({ ...image, seed: 2 }).slice(1)).not.toEqual(keys(image).slice(1));
    expect(keys({ ...image, sha256: 'b'.repeat(64) }).slice(1)).not.toEqual(keys(image).slice(1));
    // Asking for more views leaves those that are cached already as they are.
    expect(cachedViews({ ...everything, views: 3 }, image, size).map(viewKey)).toEqual(
      keys(image).slice(0, 3),
    );
  });
});

describe('fresh views', () => {
  const many = (settings: Augmentation) =>
    Array.from({ length: 200 }, (_, number) => freshView(settings, { ...image, number }, size));

  it('show each way of lying about equally often', () => {
    const counts = new Map<string, number>();
    for (const view of many(flips)) counts.set(viewKey(view), (counts.get(viewKey(view)) ?? 0) + 1);
    expect(counts.size).toBe(4);
    for (const count of counts.values()) expect(count).toBeGreaterThan(30);
  });

  it('keep every other draw when one kind of change is turned on', () => {
    const rotated = { ...noAugmentation, rotation: 90 };
    expect(many({ ...rotated, noise: 0.1, hue: 0.1 }).map((view) => view.warp)).toEqual(
      many(rotated).map((view) => view.warp),
    );
  });

  it('stay within the ranges asked for', () => {
    const views = many({
      ...noAugmentation,
      ...{ brightness: 0.2, blur: 2, jpeg: 30, noise: 0.1, erasing: 0.25, hue: 0.1 },
    });
    const brightness = views.map((view) => view.tone[0]![1] as number);
    expect(Math.min(...brightness)).toBeGreaterThan(0.8);
    expect(Math.min(...brightness)).toBeLessThan(0.83);
    expect(Math.max(...brightness)).toBeLessThan(1.2);
    const blurs = views.map((view) => view.blur).filter((sigma) => sigma > 0);
    expect(blurs.length).toBeGreaterThan(60);
    expect(blurs.length).toBeLessThan(140);
    expect(Math.max(...blurs)).toBeLessThan(2);
    const qualities = views.flatMap((view) => view.jpeg ?? []);
    expect([Math.min(...qualities) >= 70, Math.max(...qualities) <= 100]).toEqual([true, true]);
    for (const { erased } of views) {
      if (!erased) continue;
      const area = (erased.width * erased.height) / 1600;
      expect(area).toBeGreaterThan(0.01);
      expect(area).toBeLessThan(0.28);
      expect(erased.left + erased.width).toBeLessThanOrEqual(40);
    }
  });

  it('cut small parts away anywhere, in as many amounts as large ones', () => {
    const large = { width: 224, height: 224 };
    for (const most of [0.02, 0.05, 0.4]) {
      const settings = { ...noAugmentation, crop: most };
      const windows = Array.from({ length: 200 }, (_, number) => {
        const [a, , left, , e, top] = freshView(settings, { ...image, number }, large).warp;
        return { area: a * e, right: left + 112 * a - 112, below: top + 112 * e - 112 };
      });
      expect(new Set(windows.map((window) => JSON.stringify(window))).size).toBeGreaterThan(150);
      const areas = windows.map(({ area }) => area);
      // Sides of a window with another aspect are whole pixels: 1 of 224 is 0.5 %.
      expect(Math.min(...areas)).toBeGreaterThan(1 - most - 0.01);
      expect(Math.min(...areas)).toBeLessThan(1 - 0.8 * most);
      expect(Math.max(...areas)).toBeLessThanOrEqual(1);
      expect(Math.max(...areas)).toBeGreaterThan(1 - 0.2 * most);
      for (const side of ['right', 'below'] as const) {
        const share = windows.filter((window) => window[side] > 0).length / windows.length;
        expect(Math.abs(share - 0.5)).toBeLessThan(0.15);
      }
    }
  });

  it('give the same bytes for the same name, whatever is on', async () => {
    for (let number = 0; number < 20; number++) {
      const draw = () => shown(freshView(everything, { ...image, number }, size));
      expect(await draw()).toEqual(await draw());
    }
  });

  it('are the picture itself, bit by bit, where nothing is on', async () => {
    expect(many(noAugmentation).every((view) => viewKey(view) === 'plain')).toBe(true);
    expect(await shown(plainView)).toEqual(pixels);
  });
});

describe('views of any shape', () => {
  it('never read or write outside the picture', async () => {
    const random = createRandom(3);
    for (let number = 0; number < 60; number++) {
      const on = { width: 2 + random.below(40), height: 2 + random.below(40) };
      const grey = new Uint8Array(3 * on.width * on.height).fill(100);
      const still = { brightness: 0, contrast: 0, saturation: 0, hue: 0 };
      const settings = { ...everything, ...still, noise: 0, jpeg: 0, randAugment: null };
      const view = freshView(settings, { ...image, number }, on);
      const result = await shown(view, grey, on);
      // Only the picture's one colour and the mean colour may appear, and what lies between them after a blur.
      expect(Math.min(...result)).toBeGreaterThanOrEqual(100);
      expect(Math.max(...result)).toBeLessThanOrEqual(124);
    }
  });
});

describe('presets', () => {
  it.each(augmentationPresets)('%s is a valid setting', (preset) => {
    expect(augmentation.parse(presetSettings(preset))).toEqual(presetSettings(preset));
  });

  it('stored recipes of earlier versions mean what they meant', () => {
    const old = { flipHorizontal: true, flipVertical: false, brightness: 0.1, contrast: 0, views: 2 };
    expect(augmentation.parse(old)).toEqual({ ...noAugmentation, ...old });
    expect(isDrawn(augmentation.parse({ ...old, brightness: 0 }))).toBe(false);
  });
});
