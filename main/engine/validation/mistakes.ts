import { type ConfusionMatrix, checkClasses, checkProbabilities, topClass } from './metrics.ts';

/** An image's out-of-fold prediction: made by a model that was not trained on it. */
export type ImagePrediction = {
  readonly imageId: string;
  /** Index of the class it is labelled as. */
  readonly truth: number;
  /** A probability per class. */
  readonly probabilities: ArrayLike<number>;
};

/** A pair of classes that are taken for one another in this direction. */
export type ConfusedPair = {
  readonly truth: number;
  readonly predicted: number;
  readonly images: number;
  /** Share of the true class's images, 0 … 1. */
  readonly share: number;
};

/** An image whose label the model doubts. */
export type LabelDoubt = {
  readonly imageId: string;
  readonly label: number;
  readonly suggested: number;
  /** Probability of the labelled class, from a model that never saw the image: the lower, the more doubtful. */
  readonly selfConfidence: number;
};

function check(predictions: readonly ImagePrediction[]): void {
  const classCount = predictions[0]?.probabilities.length ?? 0;
  checkProbabilities(
    predictions.map((prediction) => prediction.probabilities),
    classCount,
  );
  checkClasses(
    predictions.map((prediction) => prediction.truth),
    classCount,
  );
}

const byId = (one: { readonly imageId: string }, other: { readonly imageId: string }): number =>
  one.imageId < other.imageId ? -1 : 1;

/** Class pairs by the number of images confused, most first, then by the share of the class. */
export function confusedPairs(matrix: ConfusionMatrix, limit: number): readonly ConfusedPair[] {
  const pairs = matrix.flatMap((row, truth) => {
    const support = row.reduce((sum, images) => sum + images, 0);
    return row
      .map((images, predicted): ConfusedPair => ({ truth, predicted, images, share: images / support }))
      .filter((pair) => pair.predicted !== truth && pair.images > 0);
  });
  pairs.sort((one, other) => other.images - one.images || other.share - one.share);
  return pairs.slice(0, limit);
}

/**
 * Labels to check, the most doubtful first: confident learning in its plainest form (Northcutt, Jiang & Chuang
 * 2021). A class's threshold is the mean probability that its own images get; an image is doubted when another
 * class, its most probable one, reaches that class's threshold while its own class stays under its own. The
 * thresholds make up for classes of which the model is never sure. Needs out-of-fold predictions: a model that
 * learned a wrong label believes it.
 */
export function labelDoubts(predictions: readonly ImagePrediction[]): readonly LabelDoubt[] {
  check(predictions);
  const classCount = predictions[0]?.probabilities.length ?? 0;
  const sums = new Array<number>(classCount).fill(0);
  const counts = new Array<number>(classCount).fill(0);
  for (const { truth, probabilities } of predictions) {
    sums[truth]! += probabilities[truth]!;
    counts[truth]! += 1;
  }
  // A class without images has no threshold that could be reached.
  const thresholds = sums.map((sum, index) =>
    counts[index]! > 0 ? sum / counts[index]! : Number.POSITIVE_INFINITY,
  );
  const doubts = predictions.flatMap(({ imageId, truth, probabilities }): LabelDoubt[] => {
    const suggested = topClass(probabilities);
    const doubted =
      suggested !== truth &&
      probabilities[suggested]! >= thresholds[suggested]! &&
      probabilities[truth]! < thresholds[truth]!;
    return doubted ? [{ imageId, label: truth, suggested, selfConfidence: probabilities[truth]! }] : [];
  });
  return doubts.sort((one, other) => one.selfConfidence - other.selfConfidence || byId(one, other));
}
