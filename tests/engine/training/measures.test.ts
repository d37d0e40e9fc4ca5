import { expect, test } from 'vitest';
import { measureMulti, measureSingle, type Tested } from '../../../main/engine/training/measures.ts';

/** 40 images of two classes, the first class twice as common; every fifth image is answered wrongly. */
function single(groups: readonly string[] | null = null): Tested {
  const truth = Array.from({ length: 60 }, (_, index) => [index % 3 === 0 ? 1 : 0]);
  return {
    truth,
    probabilities: truth.map(([own = 0], index) => {
      const answer = index % 5 === 0 ? 1 - own : own;
      return answer === 0 ? [0.7, 0.3] : [0.3, 0.7];
    }),
    folds: truth.map((_, index) => index % 4),
    groups,
    classCount: 2,
  };
}

test('accuracy has Wilson’s interval, folds their own accuracy, the rival knows nothing', () => {
  const measures = measureSingle(single(), 1);
  expect(measures.accuracy.value).toBeCloseTo(0.8);
  // statsmodels: proportion_confint(48, 60, method='wilson') = (0.68218, 0.88167)
  expect(measures.accuracy.low).toBeCloseTo(0.68218, 4);
  expect(measures.accuracy.high).toBeCloseTo(0.88167, 4);
  expect(measures.baseline).toBeCloseTo(40 / 60);
  expect(measures.perFold.map((fold) => fold.images)).toEqual([15, 15, 15, 15]);
  expect(measures.classes.map((each) => each.support)).toEqual([40, 20]);
  expect(measures.confusion).toEqual([
    [32, 8],
    [4, 16],
  ]);
});

test('with groups the interval is never narrower than images alone would give', () => {
  const plain = measureSingle(single(), 1).accuracy;
  const grouped = measureSingle(
    single(Array.from({ length: 60 }, (_, index) => `plant ${index % 5}`)),
    1,
  ).accuracy;
  expect(grouped.low).toBeLessThan(plain.low ?? 0);
  expect(grouped.high).toBeGreaterThanOrEqual(plain.high ?? 1);
});

test('nothing tested gives no number instead of a wrong one', () => {
  const nothing = { truth: [], probabilities: [], folds: [], groups: null, classCount: 2 };
  expect(measureSingle(nothing, 1).accuracy).toEqual({ value: null, low: null, high: null });
  expect(measureMulti(nothing, 1).accuracy.value).toBeNull();
});

test('several labels: a set counts as right only whole, and F1 has an interval around it', () => {
  const truth = Array.from({ length: 40 }, (_, index) => [[0], [1], [0, 1], []][index % 4] ?? []);
  const measures = measureMulti(
    {
      truth,
      probabilities: truth.map((labels, index) =>
        [0, 1].map((position) =>
          labels.includes(position) !== (index % 10 === 0 && position === 0) ? 0.9 : 0.1,
        ),
      ),
      folds: truth.map(() => 0),
      groups: null,
      classCount: 2,
    },
    1,
  );
  expect(measures.accuracy.value).toBeCloseTo(0.9);
  expect(measures.confusion).toBeNull();
  expect(measures.baseline).toBeCloseTo(0.25);
  expect(measures.classes[1]?.f1.value).toBe(1);
  const { value, low, high } = measures.macroF1;
  expect(low).toBeLessThan(value ?? 0);
  expect(high).toBeGreaterThan(value ?? 1);
});
