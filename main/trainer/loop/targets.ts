import type { Recipe } from '../../../shared/contract/recipe.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { LossSpec } from '../losses/types.ts';

/** What the loop needs to know of the task, whatever the network. */
export interface Targets {
  readonly classes: number;
  readonly task: TrainManifest['task'];
  /** One row of 0 and 1 an image, in the manifest's order: float32 [images × classes]. */
  readonly rows: Float32Array;
}

/** Labels of all images as rows of zeros and ones. */
export function targetsOf(manifest: Pick<TrainManifest, 'images' | 'classes' | 'task'>): Targets {
  const classes = manifest.classes.length;
  const rows = new Float32Array(manifest.images.length * classes);
  manifest.images.forEach((image, index) => {
    for (const label of image.labels) rows[index * classes + label] = 1;
  });
  return { classes, task: manifest.task, rows };
}

/** The row of one image: a view of `rows`, float32 [classes]. */
export function targetOf({ rows, classes }: Pick<Targets, 'rows' | 'classes'>, image: number): Float32Array {
  return rows.subarray(image * classes, (image + 1) * classes);
}

/**
 * The loss of a recipe. For several labels an image the classes' weights are part of it, taken from the images that
 * learn (`training`), never from tested ones; for one label an image they are weights of the images.
 */
export function lossOf(
  targets: Targets,
  training: readonly number[],
  recipe: Pick<Recipe, 'labelSmoothing' | 'classWeights' | 'loss'>,
): LossSpec {
  const { loss, labelSmoothing } = recipe;
  if (targets.task === 'singleLabel') {
    return loss.kind === 'focal'
      ? { kind: 'focal', gamma: loss.gamma, labelSmoothing }
      : { kind: 'cross-entropy', labelSmoothing };
  }
  const weights =
    recipe.classWeights === 'none' ? {} : { positiveWeights: positiveWeights(targets, training) };
  return loss.kind === 'focal'
    ? { kind: 'binary-focal', gamma: loss.gamma, ...weights }
    : { kind: 'binary-cross-entropy', ...weights };
}

/** n / (classes · n_class), as scikit-learn's "balanced"; 1 for a class without images. */
function balancedWeights(targets: Targets, training: readonly number[]): number[] {
  const counts = countsOf(targets, training);
  return counts.map((count) => (count > 0 ? training.length / (targets.classes * count) : 1));
}

/** Negatives ÷ positives of each class, at most 100: a single positive must not outweigh everything. */
function positiveWeights(targets: Targets, training: readonly number[]): number[] {
  return countsOf(targets, training).map((count) =>
    count > 0 ? Math.min(100, Math.max(1, (training.length - count) / count)) : 1,
  );
}

function countsOf({ classes, rows }: Targets, training: readonly number[]): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const index of training) {
    for (let label = 0; label < classes; label++) counts[label]! += rows[index * classes + label]!;
  }
  return counts;
}

/** Softmax or sigmoid of a row of logits; numbers between 0 and 1, one a class. */
export function probabilitiesOf(task: Targets['task'], logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  if (task === 'multiLabel') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const highest = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - highest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** Whether an answer is right: the likeliest class, or for several labels every class on its side of one half. */
export function isRight(
  { task }: Pick<Targets, 'task'>,
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
): boolean {
  if (task === 'multiLabel') {
    return Array.from(target).every((value, label) => value > 0.5 === logits[label]! > 0);
  }
  let best = 0;
  for (let label = 1; label < target.length; label++) if (logits[label]! > logits[best]!) best = label;
  return target[best]! > 0.5;
}

/**
 * Loss of one answer without smoothing and weights, as the watching part is judged: cross-entropy, or the mean
 * binary cross-entropy over the classes.
 */
export function lossOfAnswer(
  task: Targets['task'],
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
): number {
  const values = Array.from(logits);
  if (task === 'multiLabel') {
    const sum = values.reduce((total, value, label) => {
      // log(1 + e^-|x|) keeps large logits finite.
      return total + Math.max(value, 0) - value * target[label]! + Math.log1p(Math.exp(-Math.abs(value)));
    }, 0);
    return sum / values.length;
  }
  const highest = Math.max(...values);
  const logSum = highest + Math.log(values.reduce((total, value) => total + Math.exp(value - highest), 0));
  return values.reduce((total, value, label) => total + target[label]! * (logSum - value), 0);
}

/**
 * Weight of every image in the loss: with balanced classes and one label an image, the weight of its class, which
 * equals class weights in the loss and keeps one program for all folds.
 */
export function imageWeightsOf(
  targets: Targets,
  training: readonly number[],
  recipe: { readonly classWeights: 'none' | 'balanced' },
): Float32Array {
  const { rows, classes, task } = targets;
  const weights = new Float32Array(rows.length / classes).fill(1);
  if (task === 'multiLabel' || recipe.classWeights === 'none') return weights;
  const balanced = balancedWeights(targets, training);
  return weights.map((_, image) => balanced[targetOf(targets, image).indexOf(1)] ?? 1);
}
