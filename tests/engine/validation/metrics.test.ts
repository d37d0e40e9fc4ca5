import { describe, expect, it } from 'vitest';
import { calibration } from '../../../main/engine/validation/calibration.ts';
import {
  classificationMetrics,
  commonestClassPredictions,
  confusionMatrix,
  logLoss,
  MetricInputError,
  meanAndDeviation,
  topClass,
  topKAccuracy,
} from '../../../main/engine/validation/metrics.ts';
import { averagePrecision, multiLabelMetrics } from '../../../main/engine/validation/multi-label.ts';
import { readReference, type SingleLabelCase } from './references.ts';

const { cases } = readReference<{ cases: SingleLabelCase[] }>('single-label.json');
const closeTo = (values: readonly (number | null)[]) =>
  values.map((value) => (value === null ? null : expect.closeTo(value, 10)));

describe('single-label metrics', () => {
  it.each(cases.map((one, index) => [index, one] as const))('equal scikit-learn on case %i', (_, one) => {
    const matrix = confusionMatrix(one.truth, one.predicted, one.classCount);
    expect(matrix).toEqual(one.confusion);
    const metrics = classificationMetrics(matrix);
    expect(metrics.accuracy).toBeCloseTo(one.accuracy, 12);
    expect(metrics.balancedAccuracy).toBeCloseTo(one.balancedAccuracy, 12);
    expect(metrics.macroF1).toBeCloseTo(one.macroF1, 12);
    expect(metrics.weightedF1).toBeCloseTo(one.weightedF1, 12);
    expect(metrics.perClass.map((of) => of.support)).toEqual(one.support);
    expect(metrics.perClass.map((of) => of.precision)).toEqual(closeTo(one.precision));
    expect(metrics.perClass.map((of) => of.recall)).toEqual(closeTo(one.recall));
    expect(metrics.perClass.map((of) => of.f1)).toEqual(closeTo(one.f1));
    expect(one.probabilities.map(topClass)).toEqual(one.predicted);
    expect(topKAccuracy(one.truth, one.probabilities, 2)).toBeCloseTo(one.top2, 12);
    expect(logLoss(one.truth, one.probabilities)).toBeCloseTo(one.logLoss, 10);
    expect(calibration(one.truth, one.probabilities).brier).toBeCloseTo(one.brier, 12);
  });

  it('cover undefined values in the references', () => {
    expect(cases.some((one) => one.precision.includes(null))).toBe(true);
    expect(cases.some((one) => one.recall.includes(null))).toBe(true);
  });

  it('are null, never 0 or NaN, where nothing can be measured', () => {
    expect(classificationMetrics(confusionMatrix([], [], 2))).toEqual({
      images: 0,
      correct: 0,
      accuracy: null,
      balancedAccuracy: null,
      macroF1: null,
      weightedF1: null,
      perClass: [0, 1].map(() => ({
        support: 0,
        predicted: 0,
        correct: 0,
        precision: null,
        recall: null,
        f1: null,
      })),
    });
    expect(topKAccuracy([], [], 1)).toBeNull();
    expect(logLoss([], [])).toBeNull();
    expect(calibration([], []).expectedError).toBeNull();
  });

  it('count ties against the model', () => {
    expect(topKAccuracy([1], [[0.5, 0.5]], 1)).toBe(0);
    expect(topKAccuracy([1], [[0.5, 0.5]], 2)).toBe(1);
  });

  it('limit the loss of a certain error', () => {
    expect(logLoss([0], [[0, 1]])).toBeCloseTo(52 * Math.LN2, 12);
  });

  it('name the image that does not fit', () => {
    expect(() => confusionMatrix([0], [0, 1], 2)).toThrow(MetricInputError);
    expect(() => confusionMatrix([0, 2], [0, 1], 2)).toThrow(/Image 1 has class 2; there are 2 classes/);
    expect(() =>
      calibration(
        [0, 1],
        [
          [1, 0],
          [Number.NaN, 1],
        ],
      ),
    ).toThrow(/Image 1 has no valid probability/);
  });
});

describe('mean and deviation of the folds', () => {
  it('are those of a sample', () => {
    const { mean, deviation } = meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(mean).toBe(5);
    expect(deviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: null });
    expect(meanAndDeviation([])).toEqual({ mean: null, deviation: null });
  });
});

describe('the rival that always says the commonest class', () => {
  it('guesses from the other folds only', () => {
    // Overall 0 is commonest; outside fold 0 it is 1.
    expect(commonestClassPredictions([0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1], 2)).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(commonestClassPredictions([0, 0, 0, 1, 1], [0, 0, 0, 1, 1], 2)).toEqual([1, 1, 1, 0, 0]);
  });

  it('guesses from all images where there are no folds', () => {
    expect(commonestClassPredictions([1, 1, 0], [0, 0, 0], 2)).toEqual([1, 1, 1]);
  });
});

describe('multi-label metrics', () => {
  type Reference = {
    truth: number[][];
    scores: number[][];
    threshold: number;
    precision: (number | null)[];
    recall: (number | null)[];
    f1: (number | null)[];
    support: number[];
    subsetAccuracy: number;
    micro: { precision: number; recall: number; f1: number };
    macroF1: number;
    averagePrecision: (number | null)[];
  };
  const reference = readReference<Reference>('multi-label.json');
  const truth = reference.truth.map((row) => row.flatMap((has, label) => (has === 1 ? [label] : [])));

  it('equal scikit-learn, ties and a label without images included', () => {
    const metrics = multiLabelMetrics(truth, reference.scores, 5, reference.threshold);
    expect(metrics.subsetAccuracy).toBeCloseTo(reference.subsetAccuracy, 12);
    expect(metrics.micro.precision).toBeCloseTo(reference.micro.precision, 12);
    expect(metrics.micro.recall).toBeCloseTo(reference.micro.recall, 12);
    expect(metrics.micro.f1).toBeCloseTo(reference.micro.f1, 12);
    expect(metrics.macroF1).toBeCloseTo(reference.macroF1, 12);
    expect(metrics.perLabel.map((of) => of.support)).toEqual(reference.support);
    expect(metrics.perLabel.map((of) => of.precision)).toEqual(closeTo(reference.precision));
    expect(metrics.perLabel.map((of) => of.recall)).toEqual(closeTo(reference.recall));
    expect(metrics.perLabel.map((of) => of.f1)).toEqual(closeTo(reference.f1));
    expect(metrics.perLabel.map((of) => of.averagePrecision)).toEqual(closeTo(reference.averagePrecision));
    expect(reference.averagePrecision.at(-1)).toBeNull();
  });

  it('do not depend on the order of equal scores', () => {
    expect(averagePrecision([true, false], [0.5, 0.5])).toBe(averagePrecision([false, true], [0.5, 0.5]));
  });

  it('refuse scores that are no probabilities', () => {
    expect(() => multiLabelMetrics([[0]], [[1.5, 0]], 2)).toThrow(MetricInputError);
  });
});

describe('calibration', () => {
  it('of a model that is 80 % sure and right 8 times in 10 is perfect', () => {
    const truth = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    const result = calibration(
      truth,
      truth.map(() => [0.8, 0.2]),
    );
    expect(result.expectedError).toBeCloseTo(0, 12);
    expect(result.bins[7]).toEqual({
      from: 0.7,
      to: 0.8,
      images: 10,
      confidence: expect.closeTo(0.8),
      accuracy: 0.8,
    });
    expect(result.bins[0]).toEqual({ from: 0, to: 0.1, images: 0, confidence: null, accuracy: null });
  });

  it('of a model that is sure and always wrong is as bad as can be', () => {
    const result = calibration(
      [0, 0],
      [
        [0, 1],
        [0, 1],
      ],
    );
    expect(result.expectedError).toBe(1);
    expect(result.brier).toBe(2);
    expect(result.bins[9]!.images).toBe(2);
  });
});
