import { expect, test } from 'vitest';
import { compileResizer, resize } from '../../../main/trainer/data/resizer.ts';
import { type RunShape, runShape } from '../../../main/trainer/data/run-shape.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const size = (width: number, height: number) => ({ width, height });
const shapeOf = (images: { width: number; height: number }[], short = 224) =>
  runShape(images, short, 'aspect');

test('the shape of a run follows the median aspect, rounded to 32 and at most twice as long', () => {
  expect(shapeOf([size(512, 256)])).toEqual({ height: 224, width: 448, fit: 'pad' });
  expect(shapeOf([size(4000, 3000), size(3000, 4000), size(4000, 3000)])).toMatchObject({
    height: 224,
    width: 288,
  });
  expect(shapeOf([size(3000, 4000)])).toMatchObject({ height: 288, width: 224 });
  expect(shapeOf([size(9000, 1000)])).toMatchObject({ height: 224, width: 448 });
  expect(shapeOf([size(260, 261)], 260)).toMatchObject({ height: 260, width: 260 });
  expect(runShape([size(512, 256)], 224, 'square')).toEqual({ height: 224, width: 224, fit: 'stretch' });
});

async function resized(image: { width: number; height: number; data: Uint8Array }, shape: RunShape) {
  const resizer = await compileResizer({ shape, mean: [127, 127, 127] }, 1);
  try {
    return await resize(resizer, image);
  } finally {
    await resizer.dispose();
  }
}
const flat = (width: number, height: number, colour: readonly number[]) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => colour[at % 3]!),
});

test('an image of another aspect is centred whole, the rest filled with the mean colour', async () => {
  const shape = { height: 32, width: 64, fit: 'pad' } as const;
  const pixels = await resized(flat(50, 50, [200, 10, 90]), shape);
  const at = (channel: number, row: number, column: number) => pixels[(channel * 32 + row) * 64 + column];
  for (const row of [0, 15, 31]) {
    expect([15, 16, 47, 48].map((column) => at(0, row, column))).toEqual([127, 200, 200, 127]);
    expect([0, 1, 2].map((channel) => at(channel, row, 30))).toEqual([200, 10, 90]);
  }
});

test('an image of the run’s own size comes through unchanged; stretching fills the square', async () => {
  const random = createRandom(5);
  const image = flat(64, 32, [0, 0, 0]);
  for (let at = 0; at < image.data.length; at++) image.data[at] = random.below(256);
  const same = await resized(image, { height: 32, width: 64, fit: 'pad' });
  const planes = Uint8Array.from({ length: same.length }, (_, at) => {
    const channel = Math.floor(at / (32 * 64));
    return image.data[(at % (32 * 64)) * 3 + channel]!;
  });
  expect(same).toEqual(planes);
  const square = await resized(flat(50, 20, [9, 8, 7]), { height: 16, width: 16, fit: 'stretch' });
  expect(new Set(square)).toEqual(new Set([9, 8, 7]));
});

test('shrinking averages instead of picking pixels: stripes one pixel wide become grey', async () => {
  const image = flat(256, 128, [0, 0, 0]);
  for (let at = 0; at < image.data.length; at++) image.data[at] = Math.floor(at / 3) % 2 === 0 ? 255 : 0;
  const grey = await resized(image, { height: 32, width: 64, fit: 'pad' });
  const inner = grey.filter((_, at) => at % 64 > 4 && at % 64 < 60);
  expect(Math.max(...inner) - Math.min(...inner)).toBeLessThan(12);
});
