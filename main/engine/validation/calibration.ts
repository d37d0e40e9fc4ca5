import { checkProbabilities, checkSameLength, type Measured, ratio, topClass } from './metrics.ts';

/** Images whose confidence lies in one range, for a reliability diagram. */
export type ReliabilityBin = {
  /** The range's ends: (from, to], the first one including 0. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean probability of the predicted class; null when the bin is empty. */
  readonly confidence: Measured;
  /** Share of right predictions; null when the bin is empty. */
  readonly accuracy: Measured;
};

/** Whether "90 % sure" is right 9 times in 10. */
export type Calibration = {
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: mean |confidence − accuracy| over the images' bins (Guo et al. 2017). 0 … 1. */
  readonly expectedError: Measured;
  /** Mean over images of Σ over classes (probability − truth)²; 0 … 2 (Brier 1950). */
  readonly brier: Measured;
};

/** Calibration of the predicted class in equally wide bins. Rows of `probabilities` sum to 1. */
export function calibration(
  truth: ArrayLike<number>,
  probabilities: readonly ArrayLike<number>[],
  binCount = 10,
): Calibration {
  checkSameLength(truth, probabilities);
  if (probabilities[0]) checkProbabilities(probabilities, probabilities[0].length);
  const sums = Array.from({ length: binCount }, () => ({ images: 0, confidence: 0, correct: 0 }));
  let squares = 0;
  probabilities.forEach((row, image) => {
    const top = topClass(row);
    const bin = sums[Math.min(binCount - 1, Math.max(0, Math.ceil(row[top]! * binCount) - 1))]!;
    bin.images += 1;
    bin.confidence += row[top]!;
    if (top === truth[image]) bin.correct += 1;
    for (let index = 0; index < row.length; index++) {
      squares += (row[index]! - (index === truth[image] ? 1 : 0)) ** 2;
    }
  });
  const gap = sums.reduce((total, bin) => total + Math.abs(bin.confidence - bin.correct), 0);
  return {
    bins: sums.map((bin, index) => ({
      from: index / binCount,
      to: (index + 1) / binCount,
      images: bin.images,
      confidence: ratio(bin.confidence, bin.images),
      accuracy: ratio(bin.correct, bin.images),
    })),
    expectedError: ratio(gap, probabilities.length),
    brier: ratio(squares, probabilities.length),
  };
}
