import { expect, test } from 'vitest';
import { floatTensor, tensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { drawMix, type Mix, mixOfPart, mixRows, type Rows } from '../../../main/trainer/loop/mixing.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const cutmix = { mixup: 0, cutmix: 1 };

/** Rows with these inputs, of one class. */
function rowsOf(inputs: Readonly<Record<string, Tensor>>): Rows {
  const count = Object.values(inputs)[0]!.dims[0]!;
  const ones = new Float32Array(count).fill(1);
  return {
    inputs: new Map(Object.entries(inputs)),
    target: floatTensor([count, 1], ones),
    weight: floatTensor([count], ones),
  };
}

/** As one part. */
const whole = (mix: Mix) => mixOfPart(mix, 0, mix.partners.length);

test('nothing is drawn where nothing is mixed, so that other draws stay what they were', () => {
  const random = createRandom(1);
  const before = random.state();
  expect(drawMix({ mixup: 0, cutmix: 0 }, 8, [4, 4], random)).toBeNull();
  expect(drawMix(cutmix, 8, null, random)).toBeNull();
  expect(random.state()).toEqual(before);
});

test.each([0.05, 0.4, 1, 5])('shares follow Beta(%d, %d): mean of the smaller one and variance', (alpha) => {
  const random = createRandom(5);
  const draws = Array.from(
    { length: 20_000 },
    () => drawMix({ mixup: alpha, cutmix: 0 }, 2, null, random)!.share,
  );
  // The larger of λ and 1 − λ: its second moment about one half is the variance of Beta(α, α), 1/(4(2α + 1)).
  const variance = draws.reduce((sum, share) => sum + (share - 0.5) ** 2, 0) / draws.length;
  expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0.5);
  expect(draws.every((share) => share <= 1)).toBe(true);
});

test('mixup blends every value of the rows that hold images, bytes rounded, and leaves padding alone', () => {
  const mix = { partners: [1, 0], share: 0.75, box: null };
  const rows = rowsOf({
    x: floatTensor([3, 2], [4, 8, 0, 4, 9, 9]),
    pixels: tensor('uint8', [3, 1, 1, 1], Uint8Array.from([10, 255, 7])),
  });
  const { inputs } = mixRows(rows, null, whole(mix));
  expect([...inputs.get('x')!.data]).toEqual([3, 7, 1, 5, 9, 9]);
  expect([...inputs.get('pixels')!.data]).toEqual([71, 194, 7]);
});

test('cutmix pastes a box of the partner, and the share is what is left of the image', () => {
  const random = createRandom(2);
  for (let trial = 0; trial < 200; trial++) {
    const mix = drawMix(cutmix, 3, [6, 10], random)!;
    const images = tensor(
      'uint8',
      [3, 2, 6, 10],
      Uint8Array.from({ length: 360 }, (_, at) => Math.floor(at / 120)),
    );
    const { data } = mixRows(rowsOf({ pixels: images }), null, whole(mix)).inputs.get('pixels')!;
    for (const [row, partner] of mix.partners.entries()) {
      const own = [...data.slice(row * 120, (row + 1) * 120)] as number[];
      expect(own.every((value) => value === row || value === partner)).toBe(true);
      if (partner !== row)
        expect(own.filter((value) => value === row).length / 120).toBeCloseTo(mix.share, 10);
    }
    expect(mix.share).toBeGreaterThanOrEqual(0.5 - 0.1);
  }
});

test('the mixed loss is the sum of both labels’ losses, each with its image’s weight', () => {
  const target = floatTensor([3, 2], [1, 0, 0, 1, 0, 0]);
  const weight = floatTensor([3], [1, 3, 0]);
  const own = { inputs: new Map(), target, weight };
  const mixed = mixRows(own, null, whole({ partners: [1, 0], share: 0.75, box: null }));
  const loss = (label: number) => [0.2, 1.7][label]!;
  const rows = mixed.target.data as Float32Array;
  const weights = mixed.weight.data as Float32Array;
  for (const [row, partner] of [1, 0].entries()) {
    const expected = 0.75 * [1, 3][row]! * loss(row) + 0.25 * [1, 3][partner]! * loss(partner);
    const sum = rows[2 * row]! * loss(0) + rows[2 * row + 1]! * loss(1);
    expect(sum * weights[row]!).toBeCloseTo(expected, 6);
  }
  expect(mixed.weight.data[2]).toBe(0);
});

test.each([
  { mixup: 1, cutmix: 0 },
  { mixup: 0, cutmix: 1 },
])(
  'a step of seven rows in parts of three is mixed as a whole one is, each partner outside read once',
  (how) => {
    const random = createRandom(3);
    const [classes, pixels] = [4, 24];
    const rows: Rows = {
      inputs: new Map([
        [
          'pixels',
          tensor(
            'uint8',
            [7, 1, 4, 6],
            Uint8Array.from({ length: 7 * pixels }, () => random.below(256)),
          ),
        ],
      ]),
      target: floatTensor(
        [7, classes],
        Float32Array.from({ length: 7 * classes }, () => random.uniform()),
      ),
      weight: floatTensor(
        [7],
        Float32Array.from({ length: 7 }, () => random.uniform()),
      ),
    };
    /** These rows, and zeros up to `size`. */
    const taken = ({ dims, dtype, data }: Tensor, places: readonly number[], size: number): Tensor => {
      const length = data.length / dims[0]!;
      const copy = new (data.constructor as Uint8ArrayConstructor)(size * length);
      for (const [row, place] of places.entries())
        copy.set((data as Uint8Array).subarray(place * length, (place + 1) * length), row * length);
      return { dtype, dims: [size, ...dims.slice(1)], data: copy } as unknown as Tensor;
    };
    const part = (of: Rows, places: readonly number[], size = places.length): Rows => ({
      inputs: new Map([...of.inputs].map(([name, value]) => [name, taken(value, places, size)])),
      target: taken(of.target, places, size),
      weight: taken(of.weight, places, size),
    });
    for (let trial = 0; trial < 20; trial++) {
      const mix = drawMix(how, 7, [4, 6], random)!;
      const expected = mixRows(rows, null, whole(mix));
      for (const places of [[0, 1, 2], [3, 4, 5], [6]]) {
        const ofPart = mixOfPart(mix, places[0]!, places.length);
        expect(new Set([...ofPart.outside, ...places]).size).toBe(ofPart.outside.length + places.length);
        // The last part is filled up with a row of zeros, which stays as it is.
        const size = Math.max(2, places.length);
        const mixed = mixRows(part(rows, places, size), part(rows, ofPart.outside), ofPart);
        expect(mixed).toEqual(part(expected, places, size));
      }
    }
  },
);
