/** A measured value, or null where it is not defined (no image of the class, nothing predicted as it…). */
export type Measured = number | null;

/** Rows: true classes; columns: predicted classes; entries: images. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** One class of a classification result. */
export type ClassMetrics = {
  /** Images that are of the class. */
  readonly support: number;
  /** Images predicted as the class. */
  readonly predicted: number;
  readonly correct: number;
  /** correct / predicted; null when nothing was predicted as the class. */
  readonly precision: Measured;
  /** correct / support; null when no image is of the class. */
  readonly recall: Measured;
  /** 2·correct / (support + predicted); null when both are 0. */
  readonly f1: Measured;
};

/** What a confusion matrix says, overall and class by class; all values are fractions. */
export type ClassificationMetrics = {
  readonly images: number;
  readonly correct: number;
  readonly accuracy: Measured;
  /** Mean recall of the classes that have images. */
  readonly balancedAccuracy: Measured;
  /** Mean F1 of the classes that have images or were predicted. */
  readonly macroF1: Measured;
  /** F1 weighted by the images of each class. */
  readonly weightedF1: Measured;
  readonly perClass: readonly ClassMetrics[];
};

/** Tells which image's result cannot be measured, and why. */
export class MetricInputError extends Error {
  readonly code: 'lengthsDiffer' | 'classOutOfRange' | 'notAProbability';
  /** Position of the offending image in the input. */
  readonly index: number;

  constructor(code: MetricInputError['code'], index: number, message: string) {
    super(message);
    this.name = 'MetricInputError';
    this.code = code;
    this.index = index;
  }
}

/** A fraction, or null for 0/0. */
export const ratio = (part: number, whole: number): Measured => (whole === 0 ? null : part / whole);

/** The mean of the defined values, or null when there are none. */
export function meanDefined(values: readonly Measured[]): Measured {
  const defined = values.filter((value) => value !== null);
  return ratio(
    defined.reduce((sum, value) => sum + value, 0),
    defined.length,
  );
}

/** Mean and sample standard deviation (n − 1), as of the folds of a cross-validation; null where undefined. */
export function meanAndDeviation(values: readonly number[]): {
  readonly mean: Measured;
  readonly deviation: Measured;
} {
  const mean = meanDefined(values);
  if (mean === null || values.length < 2) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** Throws MetricInputError unless the lists are equally long. */
export function checkSameLength(first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length === second.length) return;
  const message = `There are ${first.length} values on one side and ${second.length} on the other.`;
  throw new MetricInputError('lengthsDiffer', Math.min(first.length, second.length), message);
}

/** Throws MetricInputError unless every value is a class index 0 … classCount − 1. */
export function checkClasses(classes: ArrayLike<number>, classCount: number): void {
  for (let index = 0; index < classes.length; index++) {
    const value = classes[index]!;
    if (Number.isInteger(value) && value >= 0 && value < classCount) continue;
    const message = `Image ${index} has class ${value}; there are ${classCount} classes.`;
    throw new MetricInputError('classOutOfRange', index, message);
  }
}

/** Throws MetricInputError unless every row holds classCount numbers from 0 to 1 (a diverged model gives NaN). */
export function checkProbabilities(rows: readonly ArrayLike<number>[], classCount: number): void {
  rows.forEach((row, index) => {
    const bad =
      row.length !== classCount || Array.from(row).some((value) => !(value >= 0 && value <= 1 + 1e-6));
    if (!bad) return;
    const message = `Image ${index} has no valid probability for each of the ${classCount} classes.`;
    throw new MetricInputError('notAProbability', index, message);
  });
}

/** Counts images by true and predicted class (indices 0 … classCount − 1, equally long lists). */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): ConfusionMatrix {
  checkSameLength(truth, predicted);
  checkClasses(truth, classCount);
  checkClasses(predicted, classCount);
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let index = 0; index < truth.length; index++) matrix[truth[index]!]![predicted[index]!]! += 1;
  return matrix;
}

function classMetrics(correct: number, support: number, predicted: number): ClassMetrics {
  return {
    support,
    predicted,
    correct,
    precision: ratio(correct, predicted),
    recall: ratio(correct, support),
    f1: ratio(2 * correct, support + predicted),
  };
}

/** Accuracy, balanced accuracy, precision, recall and F1 of a confusion matrix, as scikit-learn defines them. */
export function classificationMetrics(matrix: ConfusionMatrix): ClassificationMetrics {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const perClass = matrix.map((row, index) =>
    classMetrics(row[index]!, sum(row), sum(matrix.map((other) => other[index]!))),
  );
  const images = sum(perClass.map((of) => of.support));
  const correct = sum(perClass.map((of) => of.correct));
  return {
    images,
    correct,
    accuracy: ratio(correct, images),
    balancedAccuracy: meanDefined(perClass.map((of) => of.recall)),
    macroF1: meanDefined(perClass.map((of) => of.f1)),
    weightedF1: ratio(sum(perClass.map((of) => of.support * (of.f1 ?? 0))), images),
    perClass,
  };
}

/** The class of the highest probability in a row; the first of equals. */
export function topClass(row: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < row.length; index++) if (row[index]! > row[best]!) best = index;
  return best;
}

/**
 * Share of images whose true class is among the k most probable. A tie counts against the model: the true class
 * must be among the k whichever way the tie is broken. Null without images.
 */
export function topKAccuracy(
  truth: ArrayLike<number>,
  probabilities: readonly ArrayLike<number>[],
  k: number,
): Measured {
  checkSameLength(truth, probabilities);
  let within = 0;
  probabilities.forEach((row, index) => {
    const own = row[truth[index]!]!;
    if (Array.from(row).filter((other) => other >= own).length <= k) within += 1;
  });
  return ratio(within, probabilities.length);
}

/**
 * Mean −ln(probability of the true class), in nats; probabilities under 2^−52 count as 2^−52, as in
 * scikit-learn. Null without images.
 */
export function logLoss(truth: ArrayLike<number>, probabilities: readonly ArrayLike<number>[]): Measured {
  checkSameLength(truth, probabilities);
  const total = probabilities.reduce((sum, row, index) => {
    const own = row[truth[index]!]!;
    return sum - Math.log(Math.min(1, Math.max(own, Number.EPSILON)));
  }, 0);
  return ratio(total, probabilities.length);
}

/**
 * The rival that looks at no picture: for each image the class that is commonest among the images outside its
 * fold (the first of equals), as a model trained on them would have to guess. With one fold or none, the
 * commonest class of all.
 */
export function commonestClassPredictions(
  truth: ArrayLike<number>,
  foldOf: ArrayLike<number>,
  classCount: number,
): readonly number[] {
  checkSameLength(truth, foldOf);
  checkClasses(truth, classCount);
  const all = new Array<number>(classCount).fill(0);
  const perFold = new Map<number, number[]>();
  for (let index = 0; index < truth.length; index++) {
    const fold = perFold.get(foldOf[index]!) ?? new Array<number>(classCount).fill(0);
    perFold.set(foldOf[index]!, fold);
    fold[truth[index]!]! += 1;
    all[truth[index]!]! += 1;
  }
  const guess = new Map(
    [...perFold].map(([fold, own]) => {
      const others = perFold.size > 1 ? all.map((count, classIndex) => count - own[classIndex]!) : all;
      return [fold, topClass(others)];
    }),
  );
  return Array.from(foldOf, (fold) => guess.get(fold)!);
}
