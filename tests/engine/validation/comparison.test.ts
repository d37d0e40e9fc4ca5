import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareAll,
  comparePair,
  holm,
  mcnemarExact,
  smallestTellable,
  verdict,
} from '../../../main/engine/validation/comparison.ts';
import { MetricInputError } from '../../../main/engine/validation/metrics.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { readReference } from './references.ts';

type Reference = {
  mcnemar: { onlyFirst: number; onlySecond: number; p: number }[];
  holm: { p: number[]; adjusted: number[] }[];
  paired: { first: number[]; second: number[]; difference: [number, number] };
};
const reference = readReference<Reference>('intervals.json');

describe("McNemar's exact test", () => {
  it.each(reference.mcnemar)(
    'of $onlyFirst against $onlySecond equals statsmodels',
    ({ onlyFirst, onlySecond, p }) => {
      expect(mcnemarExact(onlyFirst, onlySecond)).toBeCloseTo(p, 10);
      expect(mcnemarExact(onlyFirst, onlySecond) / p).toBeCloseTo(1, 9);
      expect(mcnemarExact(onlySecond, onlyFirst)).toBe(mcnemarExact(onlyFirst, onlySecond));
    },
  );

  it('stays a probability for very many images', () => {
    expect(mcnemarExact(50_000, 50_000)).toBe(1);
    expect(mcnemarExact(0, 100_000)).toBe(0);
  });
});

describe("Holm's correction", () => {
  it.each(reference.holm)('of $p equals statsmodels', ({ p, adjusted }) => {
    expect(holm(p)).toEqual(adjusted.map((value) => expect.closeTo(value, 12)));
  });
});

describe('a comparison of two results', () => {
  const first = reference.paired.first.map(Boolean);
  const second = reference.paired.second.map(Boolean);

  it('has the interval that 20,000 resamples in numpy give', () => {
    const { difference, interval, images, bothRight, neitherRight, onlyFirstRight, onlySecondRight } =
      comparePair(first, second, null, createRandom(1));
    expect(Math.abs(interval!.low - reference.paired.difference[0])).toBeLessThan(0.0081);
    expect(Math.abs(interval!.high - reference.paired.difference[1])).toBeLessThan(0.0081);
    expect(bothRight + neitherRight + onlyFirstRight + onlySecondRight).toBe(images);
    expect(difference).toBeCloseTo((onlySecondRight - onlyFirstRight) / images, 12);
  });

  it('does not claim certainty when the two never differ', () => {
    const { difference, interval, p } = comparePair(
      [true, false, true],
      [true, false, true],
      null,
      createRandom(1),
    );
    expect([difference, p]).toEqual([0, 1]);
    expect(interval!.high).toBeGreaterThan(0.5);
    expect(interval!.low).toBe(-interval!.high);
    const always = comparePair([false, false, false], [true, true, true], null, createRandom(1));
    expect(always.difference).toBe(1);
    expect(always.interval!.low).toBeLessThan(0.5);
    expect(always.interval!.high).toBe(1);
  });

  it('swaps groups where there are any: ten agreeing images of one plant count once', () => {
    const groups = Array.from({ length: 60 }, (_, image) => `plant ${Math.floor(image / 10)}`);
    const wrong = groups.map(() => false);
    const right = groups.map((_, image) => image < 50);
    const grouped = comparePair(wrong, right, groups, createRandom(1));
    expect(grouped.test).toBe('groupSwap');
    // Five plants lead the same way: 2 of 2^5 swaps are as extreme.
    expect(grouped.p).toBe(2 / 32);
    expect(comparePair(wrong, right, null, createRandom(1)).p).toBeLessThan(1e-10);
  });

  it('agrees with McNemar when every group is one image, exactly or by many random swaps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 20, maxLength: 60 }),
        (rows) => {
          const one = rows.map(([value]) => value);
          const other = rows.map(([, value]) => value);
          // One pair of concordant images makes the list grouped without changing what differs.
          const groups = ['same', 'same', ...rows.map((_, image) => `g${image}`)];
          const grouped = comparePair([true, true, ...one], [true, true, ...other], groups, createRandom(5));
          const exact = comparePair(one, other, null, createRandom(5));
          expect(grouped.test).toBe('groupSwap');
          expect(Math.abs(grouped.p - exact.p)).toBeLessThan(0.02);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses lists of different lengths', () => {
    expect(() => comparePair([true], [true, false], null, createRandom(1))).toThrow(MetricInputError);
    expect(() => comparePair([true], [true], ['a', 'b'], createRandom(1))).toThrow(MetricInputError);
    expect(comparePair([], [], null, createRandom(1))).toMatchObject({
      difference: null,
      interval: null,
      p: 1,
    });
  });
});

describe('several comparisons', () => {
  const images = Array.from({ length: 100 }, (_, image) => image);
  const rivals = [
    { id: 'good', right: images.map((image) => image < 80) },
    { id: 'alike', right: images.map((image) => image < 78 || image > 96) },
    { id: 'poor', right: images.map((image) => image < 50) },
  ];

  it('are corrected together and judged', () => {
    const pairs = [
      ['good', 'alike'],
      ['good', 'poor'],
      ['poor', 'good'],
    ] as const;
    const judged = compareAll(rivals, pairs, null, createRandom(1));
    expect(judged.map((one) => one.verdict)).toEqual(['noEvidence', 'worse', 'better']);
    expect(judged.map((one) => one.adjustedP)).toEqual(holm(judged.map((one) => one.p)));
    expect(() => compareAll(rivals, [['good', 'gone']], null, createRandom(1))).toThrow(/gone/);
  });

  it('never call two results equal', () => {
    expect(verdict(0.2, 0.3)).toBe('noEvidence');
    expect(verdict(0.01, 0)).toBe('noEvidence');
    expect(verdict(0.049, -0.1)).toBe('worse');
  });

  it('tell how small a difference could have been seen', () => {
    expect(smallestTellable(250, 5)).toBeNull();
    expect(smallestTellable(250, 6)).toBe(6 / 250);
    // 40 differing images: 13 against 27 is p = 0.038, 14 against 26 is p = 0.081.
    expect(smallestTellable(250, 40)).toBe(14 / 250);
    expect(smallestTellable(100, 0)).toBeNull();
  });
});
