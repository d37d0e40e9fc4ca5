import { describe, expect, it } from 'vitest';
import {
  clusterBootstrap,
  giveOrTake,
  hull,
  meanOfProportions,
  percentileInterval,
  stratifiedBootstrap,
  wilsonInterval,
} from '../../../main/engine/validation/intervals.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { readReference } from './references.ts';

type Pair = [number, number];
type Reference = {
  wilson: { successes: number; n: number; low: number; high: number }[];
  bootstrap: {
    classCount: number;
    truth: number[];
    predicted: number[];
    group: number[];
    balancedAccuracy: Pair;
    macroF1: Pair;
    clusterAccuracy: Pair;
  };
};
const reference = readReference<Reference>('intervals.json');
const { bootstrap } = reference;

describe("Wilson's interval", () => {
  it.each(reference.wilson)('of $successes in $n equals statsmodels', ({ successes, n, low, high }) => {
    const interval = wilsonInterval(successes, n)!;
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('is null without images', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

describe('the stratified bootstrap', () => {
  it('agrees with 20,000 resamples in numpy', () => {
    const intervals = stratifiedBootstrap(bootstrap, createRandom(1));
    for (const [ours, theirs] of [
      [intervals.balancedAccuracy!, bootstrap.balancedAccuracy],
      [intervals.macroF1!, bootstrap.macroF1],
    ] as const) {
      expect(Math.abs(ours.low - theirs[0])).toBeLessThan(0.008);
      expect(Math.abs(ours.high - theirs[1])).toBeLessThan(0.008);
    }
  });

  it('repeats itself for a seed', () => {
    expect(stratifiedBootstrap(bootstrap, createRandom(3))).toEqual(
      stratifiedBootstrap(bootstrap, createRandom(3)),
    );
    expect(stratifiedBootstrap(bootstrap, createRandom(3))).not.toEqual(
      stratifiedBootstrap(bootstrap, createRandom(4)),
    );
  });

  it('is null where a class has no images or is hardly ever predicted', () => {
    const { perClass } = stratifiedBootstrap(
      { truth: [0, 0, 1], predicted: [0, 1, 0], classCount: 3 },
      createRandom(1),
    );
    expect(perClass[2]).toEqual({ precision: null, recall: null, f1: null });
  });

  it('costs little more than its 4,000,000 random numbers for 2,000 images', () => {
    const random = createRandom(2);
    const truth = Array.from({ length: 2_000 }, () => random.below(5));
    const predicted = truth.map((own) => (random.uniform() < 0.8 ? own : random.below(5)));
    const fastest = (work: () => void) =>
      Math.min(
        ...[0, 1, 2, 3, 4].map(() => {
          const start = performance.now();
          work();
          return performance.now() - start;
        }),
      );
    // Measured against the numbers alone, so that a busy machine does not fail the test: about 1.3 times.
    const numbers = fastest(() => {
      for (let draw = 0; draw < 4_000_000; draw++) random.below(400);
    });
    const bootstrap = fastest(() => stratifiedBootstrap({ truth, predicted, classCount: 5 }, random));
    expect(bootstrap / numbers).toBeLessThan(4);
  });
});

describe('the cluster bootstrap', () => {
  const keys = bootstrap.group.map(String);

  it('agrees with 20,000 resamples in numpy', () => {
    const { accuracy } = clusterBootstrap(bootstrap, keys, createRandom(1));
    expect(Math.abs(accuracy!.low - bootstrap.clusterAccuracy[0])).toBeLessThan(0.006);
    expect(Math.abs(accuracy!.high - bootstrap.clusterAccuracy[1])).toBeLessThan(0.006);
  });

  it('is as wide as for the groups alone when the images of a group all say the same', () => {
    const random = createRandom(4);
    const groupRight = Array.from({ length: 40 }, () => random.uniform() < 0.8);
    const groups = Array.from({ length: 400 }, (_, image) => `g${Math.floor(image / 10)}`);
    const truth = groups.map((_, image) => image % 2);
    const predicted = truth.map((own, image) => (groupRight[Math.floor(image / 10)] ? own : 1 - own));
    const { accuracy } = clusterBootstrap({ truth, predicted, classCount: 2 }, groups, random);
    const alone = wilsonInterval(groupRight.filter(Boolean).length, 40)!;
    expect(Math.abs(accuracy!.high - accuracy!.low - (alone.high - alone.low))).toBeLessThan(0.03);
  });

  it('counts groups as the trials when all of their images are right, or wrong', () => {
    const truth = [0, 0, 0, 1, 1, 1];
    const groups = ['a', 'a', 'b', 'b', 'c', 'c'];
    const right = clusterBootstrap({ truth, predicted: truth, classCount: 2 }, groups, createRandom(1));
    expect(right.accuracy).toEqual(wilsonInterval(3, 3));
    expect(right.perClass[0]!.recall).toEqual(wilsonInterval(2, 2));
    expect(right.macroF1).toBeNull();
    const wrong = truth.map((own) => 1 - own);
    const none = clusterBootstrap({ truth, predicted: wrong, classCount: 2 }, groups, createRandom(1));
    expect(none.accuracy).toEqual(wilsonInterval(0, 3));
    expect(none.perClass[1]!.precision).toEqual(wilsonInterval(0, 2));
  });
});

describe('the interval of balanced accuracy', () => {
  it('does not call three right images of a class certain', () => {
    const interval = meanOfProportions([
      { successes: 100, n: 100 },
      { successes: 3, n: 3 },
    ])!;
    expect(interval.low).toBeLessThan(0.75);
    expect(interval.high).toBe(1);
  });

  it('covers the truth in about 95 of 100 samples, as that of accuracy does', () => {
    const random = createRandom(8);
    const samples = 4_000;
    const right = (n: number, share: number) =>
      Array.from({ length: n }, random.uniform).filter((u) => u < share).length;
    let accuracyCovered = 0;
    let balancedCovered = 0;
    for (let sample = 0; sample < samples; sample++) {
      const [common, rare] = [right(45, 0.9), right(15, 0.6)];
      const accuracy = wilsonInterval(common + rare, 60)!;
      const balanced = meanOfProportions([
        { successes: common, n: 45 },
        { successes: rare, n: 15 },
      ])!;
      if (accuracy.low <= 0.825 && 0.825 <= accuracy.high) accuracyCovered += 1;
      if (balanced.low <= 0.75 && 0.75 <= balanced.high) balancedCovered += 1;
    }
    for (const covered of [accuracyCovered, balancedCovered]) {
      expect(covered / samples).toBeGreaterThan(0.935);
      expect(covered / samples).toBeLessThan(0.98);
    }
  });
});

describe('small parts', () => {
  it('interpolate percentiles as numpy does and refuse mostly undefined values', () => {
    expect(percentileInterval(Float64Array.from({ length: 41 }, (_, index) => 40 - index))).toEqual({
      low: 1,
      high: 39,
    });
    expect(percentileInterval(Float64Array.of(1, 2, Number.NaN))).toBeNull();
    expect(percentileInterval(Float64Array.of(0.9, 0.9, 0.9))).toBeNull();
    expect(percentileInterval(new Float64Array())).toBeNull();
  });

  it('join intervals', () => {
    expect(hull({ low: 0.2, high: 0.5 }, { low: 0.1, high: 0.4 })).toEqual({ low: 0.1, high: 0.5 });
    expect(hull({ low: 0.2, high: 0.5 }, null)).toBeNull();
    expect(meanOfProportions([{ successes: 0, n: 0 }])).toBeNull();
    expect(meanOfProportions([{ successes: 3, n: 7 }])!.low).toBeCloseTo(wilsonInterval(3, 7)!.low, 12);
  });

  it('say give or take in whole points, never 0', () => {
    expect(giveOrTake(203 / 250, wilsonInterval(203, 250))).toBe(5);
    expect(giveOrTake(0.5, { low: 0.499, high: 0.501 })).toBe(1);
    expect(giveOrTake(null, null)).toBeNull();
  });
});
