import {
  type ClassMetrics,
  checkProbabilities,
  checkSameLength,
  type Measured,
  meanDefined,
  ratio,
} from './metrics.ts';

/** One label of a multi-label result. */
export type LabelMetrics = ClassMetrics & {
  /** Area under the precision-recall steps; null when no image carries the label. */
  readonly averagePrecision: Measured;
};

/** What a multi-label result says; all values are fractions. */
export type MultiLabelMetrics = {
  readonly images: number;
  /** Images whose whole set of labels is right. */
  readonly exactlyRight: number;
  readonly subsetAccuracy: Measured;
  readonly micro: { readonly precision: Measured; readonly recall: Measured; readonly f1: Measured };
  /** Mean F1 of the labels that occur or were predicted. */
  readonly macroF1: Measured;
  /** Mean average precision of the labels that occur. */
  readonly meanAveragePrecision: Measured;
  readonly perLabel: readonly LabelMetrics[];
};

/**
 * Measures a multi-label result. `truth`: per image the indices of its labels; `scores`: per image a probability
 * per label; a label is predicted from `threshold` on. Throws MetricInputError for lists that do not fit.
 */
export function multiLabelMetrics(
  truth: readonly (readonly number[])[],
  scores: readonly ArrayLike<number>[],
  labelCount: number,
  threshold = 0.5,
): MultiLabelMetrics {
  checkSameLength(truth, scores);
  checkProbabilities(scores, labelCount);
  const carries = truth.map((labels) => new Set(labels));
  const perLabel = Array.from({ length: labelCount }, (_, label) =>
    labelMetrics(
      carries.map((labels) => labels.has(label)),
      scores.map((row) => row[label]!),
      threshold,
    ),
  );
  const total = (pick: (of: LabelMetrics) => number) => perLabel.reduce((sum, of) => sum + pick(of), 0);
  const [support, predicted, correct] = [
    total((of) => of.support),
    total((of) => of.predicted),
    total((of) => of.correct),
  ];
  const exactlyRight = carries.filter((labels, image) =>
    perLabel.every((_, label) => labels.has(label) === scores[image]![label]! >= threshold),
  ).length;
  return {
    images: truth.length,
    exactlyRight,
    subsetAccuracy: ratio(exactlyRight, truth.length),
    micro: {
      precision: ratio(correct, predicted),
      recall: ratio(correct, support),
      f1: ratio(2 * correct, support + predicted),
    },
    macroF1: meanDefined(perLabel.map((of) => of.f1)),
    meanAveragePrecision: meanDefined(perLabel.map((of) => of.averagePrecision)),
    perLabel,
  };
}

function labelMetrics(
  carries: readonly boolean[],
  scores: readonly number[],
  threshold: number,
): LabelMetrics {
  const support = carries.filter(Boolean).length;
  const predicted = scores.filter((score) => score >= threshold).length;
  const correct = carries.filter((has, image) => has && scores[image]! >= threshold).length;
  return {
    support,
    predicted,
    correct,
    precision: ratio(correct, predicted),
    recall: ratio(correct, support),
    f1: ratio(2 * correct, support + predicted),
    averagePrecision: averagePrecision(carries, scores),
  };
}

/**
 * Σ (recall gained) × (precision there), going down the distinct scores; images with one score come in together,
 * so that the order of ties does not matter. Scikit-learn's average_precision_score. Null without positives.
 */
export function averagePrecision(carries: readonly boolean[], scores: readonly number[]): Measured {
  checkSameLength(carries, scores);
  const positives = carries.filter(Boolean).length;
  if (positives === 0) return null;
  const order = scores.map((_, image) => image).sort((one, other) => scores[other]! - scores[one]!);
  let found = 0;
  let foundBefore = 0;
  let area = 0;
  order.forEach((image, rank) => {
    if (carries[image]) found += 1;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[image]) return;
    area += ((found - foundBefore) / positives) * (found / (rank + 1));
    foundBefore = found;
  });
  return area;
}
