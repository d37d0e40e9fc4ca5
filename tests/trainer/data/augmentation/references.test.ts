import { describe, expect, it } from 'vitest';
import {
  affine,
  crop,
  flip,
  identity,
  perspective,
  quarterTurn,
} from '../../../../main/trainer/data/augmentation/matrix.ts';
import { drawRandAugment } from '../../../../main/trainer/data/augmentation/rand-augment.ts';
import { renderView } from '../../../../main/trainer/data/augmentation/render.ts';
import { plainView, type View } from '../../../../main/trainer/data/augmentation/view.ts';
import { createRandom, type Random } from '../../../../shared/domain/random.ts';
import stored from '../../../fixtures/trainer/augmentation/references.json' with { type: 'json' };

const { width, height } = stored;
const size = { width, height };
const mean = stored.mean as [number, number, number];
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const picture = bytes(stored.picture);
const corners = stored.corners as unknown as Parameters<typeof perspective>[1];

async function rendered(view: Partial<View>, of = picture, on = size): Promise<Uint8Array> {
  const target = new Uint8Array(of.length);
  await renderView(of, { ...on, mean }, { ...plainView, ...view }, target, 0);
  return target;
}

/** Largest difference of any value, and the share of values that differ by more than one step. */
function difference(one: Uint8Array, other: Uint8Array) {
  expect(one.length).toBe(other.length);
  const steps = Array.from(one, (value, at) => Math.abs(value - other[at]!));
  return { most: Math.max(...steps), share: steps.filter((step) => step > 1).length / steps.length };
}

const turned = { angle: 0, scale: 1, moveX: 0, moveY: 0 };
type Name = keyof typeof stored.operations;
/** `most`: steps of 255 that a value may differ by; 0: bit by bit. */
const operations: readonly { name: Name; view: Partial<View>; most: number }[] = [
  { name: 'flipHorizontal', view: { warp: flip(size, true, false) }, most: 0 },
  { name: 'flipVertical', view: { warp: flip(size, false, true) }, most: 0 },
  { name: 'rotation', view: { warp: affine(size, { ...turned, angle: 17 }) }, most: 1 },
  {
    name: 'affine',
    // torchvision turns clockwise here, where its `rotate` and ours turn anticlockwise.
    view: { warp: affine(size, { angle: 25, scale: 0.8, moveX: 3, moveY: -2 }) },
    most: 1,
  },
  {
    name: 'perspective',
    view: { warp: perspective(size, corners) },
    most: 1,
  },
  { name: 'crop', view: { warp: crop(size, { left: 7, top: 5, width: 21, height: 16 }) }, most: 1 },
  { name: 'brightness', view: { tone: [['brightness', 1.3]] }, most: 1 },
  { name: 'contrast', view: { tone: [['contrast', 0.6]] }, most: 1 },
  {
    name: 'brightnessThenContrast',
    view: {
      tone: [
        ['brightness', 1.4],
        ['contrast', 1.5],
      ],
    },
    most: 2,
  },
  { name: 'saturation', view: { tone: [['saturation', 1.7]] }, most: 1 },
  { name: 'hue', view: { tone: [['hue', 0.2]] }, most: 1 },
  { name: 'hueBack', view: { tone: [['hue', -0.35]] }, most: 1 },
  { name: 'blur', view: { blur: 1.3 }, most: 1 },
  // Two JPEG libraries round differently; both are far from the picture itself.
  { name: 'jpeg', view: { jpeg: 30 }, most: 40 },
];

describe('each operation gives what PIL or torchvision gives', () => {
  it.each(operations)('$name, to $most of 255', async ({ name, view, most }) => {
    const expected = bytes(stored.operations[name]);
    const found = difference(await rendered(view), expected);
    expect(found.most).toBeLessThanOrEqual(most);
    if (most > 1) expect(found.share).toBeLessThan(0.15);
    expect(difference(picture, expected).share).toBeGreaterThan(0.3);
  });

  it('a quarter turn, bit by bit', async () => {
    const on = { width: 28, height: 28 };
    const found = await rendered({ warp: quarterTurn(on) }, bytes(stored.square), on);
    expect(found).toEqual(bytes(stored.squareTurned));
  });
});

/** A generator that chooses the operation at a place in the list, and the positive sign. */
function choosing(index: number): Random {
  return { ...createRandom(1), below: () => index, uint32: () => 1 };
}

describe('RandAugment', () => {
  const names = Object.keys(stored.randAugment) as (keyof typeof stored.randAugment)[];

  it.each(names.map((name, index) => ({ name, index })))('$name of magnitude 18', async ({ name, index }) => {
    const settings = { operations: 1, magnitude: 18, kinds: 'all' } as const;
    const view = drawRandAugment(settings, choosing(index), size);
    const found = difference(await rendered(view), bytes(stored.randAugment[name]));
    expect(found.most).toBeLessThanOrEqual(1);
  });

  it('has the fourteen operations, each equally likely, in order', () => {
    expect(names).toHaveLength(14);
    const random = createRandom(5);
    let asked = 0;
    const below = (n: number) => {
      asked = n;
      return random.below(n);
    };
    const counting = { ...random, below };
    drawRandAugment({ operations: 3, magnitude: 5, kinds: 'all' }, counting, size);
    expect(asked).toBe(14);
    expect(drawRandAugment(null, random, size)).toEqual({ warp: identity, tone: [] });
  });
});

describe('at zero magnitude every operation is the picture itself, bit by bit', () => {
  const tones = [
    ['brightness', 1],
    ['contrast', 1],
    ['saturation', 1],
    ['sharpness', 1],
    ['hue', 0],
    ['posterize', 8],
    ['solarize', 256],
  ] as const;
  it.each(tones)('%s %s', async (name, amount) => {
    expect(await rendered({ tone: [[name, amount] as View['tone'][number]] })).toEqual(picture);
  });

  it('warps and noise', async () => {
    const own = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ] as const;
    expect(await rendered({ warp: affine(size, turned) })).toEqual(picture);
    expect(await rendered({ warp: crop(size, { left: 0, top: 0, width, height }) })).toEqual(picture);
    expect(await rendered({ warp: perspective(size, own) })).toEqual(picture);
    expect(await rendered({ noise: { deviation: 0, seed: 3 } })).toEqual(picture);
  });
});

describe('noise', () => {
  it('leaves a grey picture grey, and gives each channel of a coloured one its own', async () => {
    const grey = Uint8Array.from({ length: picture.length }, (_, at) => picture[at % (width * height)]!);
    const noise = { deviation: 12, seed: 4 };
    const planes = (of: Uint8Array) =>
      [0, 1, 2].map((at) => of.slice(at * width * height).subarray(0, width * height));
    const [red, green, blue] = planes(await rendered({ noise }, grey));
    expect(difference(red!, picture.subarray(0, width * height)).share).toBeGreaterThan(0.8);
    expect([green, blue]).toEqual([red, red]);
    const coloured = new Uint8Array(grey);
    coloured[0] = coloured[0]! ^ 1;
    const [ownRed, ownGreen, ownBlue] = planes(await rendered({ noise }, coloured));
    expect(ownGreen).not.toEqual(ownRed);
    expect(ownBlue).not.toEqual(ownGreen);
  });

  it('has the mean and deviation asked for, differs by seed, and repeats by seed', async () => {
    const grey = new Uint8Array(3 * 200 * 200).fill(128);
    const on = { width: 200, height: 200 };
    const draw = (seed: number) => rendered({ noise: { deviation: 12, seed } }, grey, on);
    const values = await draw(9);
    const mid = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mid) ** 2, 0) / values.length;
    expect(Math.abs(mid - 128)).toBeLessThan(0.2);
    expect(Math.abs(Math.sqrt(variance) - 12)).toBeLessThan(0.2);
    expect(await draw(9)).toEqual(values);
    expect(await draw(10)).not.toEqual(values);
    // Neighbours are independent: their covariance is nothing beside the variance.
    let together = 0;
    for (let at = 1; at < values.length; at++) together += (values[at]! - mid) * (values[at - 1]! - mid);
    expect(Math.abs(together / values.length / variance)).toBeLessThan(0.02);
  });
});
