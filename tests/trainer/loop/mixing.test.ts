import { expect, test } from 'vitest';
import { floatTensor, tensor } from '../../../main/trainer/graph/tensor.ts';
import { drawMix, mixFeeds, mixTargets } from '../../../main/trainer/loop/mixing.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const cutmix = { mixup: 0, cutmix: 1 };

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
  const feeds = new Map([
    ['x', floatTensor([3, 2], [4, 8, 0, 4, 9, 9])],
    ['pixels', tensor('uint8', [3, 1, 1, 1], Uint8Array.from([10, 255, 7]))],
  ]);
  const mixed = mixFeeds(feeds, mix);
  expect([...mixed.get('x')!.data]).toEqual([3, 7, 1, 5, 9, 9]);
  expect([...mixed.get('pixels')!.data]).toEqual([71, 194, 7]);
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
    const { data } = mixFeeds(new Map([['pixels', images]]), mix).get('pixels')!;
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
  const mixed = mixTargets(target, weight, { partners: [1, 0], share: 0.75, box: null });
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
