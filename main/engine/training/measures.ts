import type { Estimate } from '../../../shared/contract/common.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import {
  type BootstrapIntervals,
  clusterBootstrap,
  hull,
  type Interval,
  meanOfProportions,
  percentileInterval,
  RESAMPLES,
  stratifiedBootstrap,
  wilsonInterval,
} from '../validation/intervals.ts';
import {
  classificationMetrics,
  commonestClassPredictions,
  confusionMatrix,
  type Measured,
  meanDefined,
  topClass,
} from '../validation/metrics.ts';
import { multiLabelMetrics } from '../validation/multi-label.ts';

/** Answers of models that never saw their images, in one order for all lists. */
export type Tested = {
  /** Positions of the true classes: exactly one where one label an image is asked for. */
  readonly truth: readonly (readonly number[])[];
  readonly probabilities: readonly (readonly number[])[];
  readonly folds: readonly number[];
  /** A key an image where images come in groups (images without one form groups of their own), else `null`. */
  readonly groups: readonly string[] | null;
  readonly classCount: number;
};

/** What is shown of a result; every number with the interval that says how far it can be trusted. */
export type Measures = {
  readonly accuracy: Estimate;
  readonly balancedAccuracy: Estimate;
  readonly macroF1: Estimate;
  readonly baseline: number;
  readonly perFold: readonly { readonly fold: number; readonly accuracy: number; readonly images: number }[];
  readonly classes: readonly {
    readonly support: number;
    readonly precision: Estimate;
    readonly recall: Estimate;
    readonly f1: Estimate;
  }[];
  readonly confusion: number[][] | null;
};

/** From this probability on a label counts as given, where several are allowed. */
export const LABEL_THRESHOLD = 0.5;
/** Draws a bootstrap may make: with very many images fewer resamples do, and the engine must not stand still. */
const DRAWS = 4_000_000;
const MIN_RESAMPLES = 200;

const estimateOf = (value: Measured, interval: Interval | null): Estimate => ({
  value,
  low: value === null ? null : (interval?.low ?? null),
  high: value === null ? null : (interval?.high ?? null),
});
const resamplesFor = (images: number): number =>
  Math.max(MIN_RESAMPLES, Math.min(RESAMPLES, Math.floor(DRAWS / Math.max(1, images))));

/** Positions of the classes that an answer names: the most probable one, or all above the threshold. */
export function answerOf(probabilities: readonly number[], multiLabel: boolean): readonly number[] {
  if (!multiLabel) return probabilities.length === 0 ? [] : [topClass(probabilities)];
  return probabilities.flatMap((value, position) => (value >= LABEL_THRESHOLD ? [position] : []));
}

/** Whether an answer names exactly the true classes. */
export function isRight(truth: readonly number[], answer: readonly number[]): boolean {
  return truth.length === answer.length && truth.every((position) => answer.includes(position));
}

/** Share of each fold's images that were right. */
export function foldAccuracies(folds: readonly number[], right: readonly boolean[]): Measures['perFold'] {
  const tally = new Map<number, { images: number; right: number }>();
  for (const [index, fold] of folds.entries()) {
    const entry = tally.get(fold) ?? { images: 0, right: 0 };
    entry.images += 1;
    if (right[index]) entry.right += 1;
    tally.set(fold, entry);
  }
  return [...tally]
    .sort(([one], [other]) => one - other)
    .map(([fold, entry]) => ({ fold, accuracy: entry.right / entry.images, images: entry.images }));
}

/**
 * One label an image: Wilson's interval for shares, bootstraps for what is no share. Where images come in groups
 * the interval also holds what drawing whole groups gives, so that it is never narrower than that says.
 */
export function measureSingle(tested: Tested, seed: number): Measures {
  const truth = tested.truth.map((labels) => labels[0] ?? 0);
  const predicted = tested.probabilities.map((row) => topClass(row));
  const { classCount, groups } = tested;
  const matrix = confusionMatrix(truth, predicted, classCount);
  const metrics = classificationMetrics(matrix);
  const labelled = { truth, predicted, classCount };
  const random = createRandom(seed);
  const resamples = resamplesFor(truth.length);
  const grouped: BootstrapIntervals | null =
    groups === null || truth.length === 0 ? null : clusterBootstrap(labelled, groups, random, resamples);
  const drawn = grouped ?? stratifiedBootstrap(labelled, random, resamples);
  const share = (value: Measured, right: number, n: number, wide: Interval | null | undefined) => {
    const own = wilsonInterval(right, n);
    return estimateOf(value, grouped ? hull(own, wide ?? null) : own);
  };
  const balanced = meanOfProportions(
    metrics.perClass.map((of) => ({ successes: of.correct, n: of.support })),
  );
  const rival = commonestClassPredictions(truth, tested.folds, classCount);
  const right = truth.map((own, index) => own === predicted[index]);
  return {
    accuracy: share(metrics.accuracy, metrics.correct, metrics.images, grouped?.accuracy),
    balancedAccuracy: estimateOf(
      metrics.balancedAccuracy,
      grouped ? hull(balanced, grouped.balancedAccuracy) : balanced,
    ),
    macroF1: estimateOf(metrics.macroF1, drawn.macroF1),
    baseline: truth.filter((own, index) => own === rival[index]).length / Math.max(1, truth.length),
    perFold: foldAccuracies(tested.folds, right),
    classes: metrics.perClass.map((of, position) => {
      const wide = grouped?.perClass[position];
      return {
        support: of.support,
        precision: share(of.precision, of.correct, of.predicted, wide?.precision),
        recall: share(of.recall, of.correct, of.support, wide?.recall),
        f1: estimateOf(of.f1, drawn.perClass[position]?.f1 ?? null),
      };
    }),
    confusion: matrix.map((row) => [...row]),
  };
}

/**
 * Several labels an image: `accuracy` is the share of images whose whole set is right, `balancedAccuracy` the mean
 * recall of the labels. F1 has bootstrap intervals over images, or over whole groups.
 */
export function measureMulti(tested: Tested, seed: number): Measures {
  const { truth, probabilities, classCount, groups } = tested;
  const metrics = multiLabelMetrics(truth, probabilities, classCount, LABEL_THRESHOLD);
  const right = truth.map((labels, index) => isRight(labels, answerOf(probabilities[index] ?? [], true)));
  const drawn = bootstrapF1(tested, seed);
  return {
    accuracy: estimateOf(
      metrics.subsetAccuracy,
      groups === null ? wilsonInterval(metrics.exactlyRight, metrics.images) : drawn.accuracy,
    ),
    balancedAccuracy: estimateOf(
      meanDefined(metrics.perLabel.map((of) => of.recall)),
      meanOfProportions(metrics.perLabel.map((of) => ({ successes: of.correct, n: of.support }))),
    ),
    macroF1: estimateOf(metrics.macroF1, drawn.macroF1),
    baseline: commonestSet(truth),
    perFold: foldAccuracies(tested.folds, right),
    classes: metrics.perLabel.map((of, position) => ({
      support: of.support,
      precision: estimateOf(of.precision, wilsonInterval(of.correct, of.predicted)),
      recall: estimateOf(of.recall, wilsonInterval(of.correct, of.support)),
      f1: estimateOf(of.f1, drawn.f1[position] ?? null),
    })),
    confusion: null,
  };
}

/** Share of images whose set of labels is the commonest set: what knowing nothing gives. */
function commonestSet(truth: Tested['truth']): number {
  const sets = new Map<string, number>();
  for (const labels of truth) {
    const key = [...labels].sort((one, other) => one - other).join(' ');
    sets.set(key, (sets.get(key) ?? 0) + 1);
  }
  return truth.length === 0 ? 0 : Math.max(...sets.values()) / truth.length;
}

/** Percentile intervals of F1 and subset accuracy, drawing images or whole groups. */
function bootstrapF1(
  { truth, probabilities, classCount, groups }: Tested,
  seed: number,
): { accuracy: Interval | null; macroF1: Interval | null; f1: (Interval | null)[] } {
  const clusters = [...Map.groupBy(truth.keys(), (image) => groups?.[image] ?? String(image)).values()];
  const answers = probabilities.map((row) => answerOf(row, true));
  const random = createRandom(seed);
  const resamples = resamplesFor(truth.length);
  const accuracy = new Float64Array(resamples);
  const macro = new Float64Array(resamples);
  const f1 = Array.from({ length: classCount }, () => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    const hits = new Array<number>(classCount).fill(0);
    const named = new Array<number>(classCount).fill(0);
    let [images, whole] = [0, 0];
    for (let draw = 0; draw < clusters.length; draw++) {
      for (const image of clusters[random.below(clusters.length)] ?? []) {
        const [own, answer] = [truth[image] ?? [], answers[image] ?? []];
        images += 1;
        if (isRight(own, answer)) whole += 1;
        for (const position of own) named[position]! += 1;
        for (const position of answer) {
          named[position]! += 1;
          if (own.includes(position)) hits[position]! += 1;
        }
      }
    }
    const values = hits.map((hit, position) => (2 * hit) / named[position]!);
    const defined = values.filter((value) => !Number.isNaN(value));
    accuracy[resample] = whole / images;
    macro[resample] = defined.reduce((sum, value) => sum + value, 0) / defined.length;
    for (const [position, value] of values.entries()) f1[position]![resample] = value;
  }
  return {
    accuracy: percentileInterval(accuracy),
    macroF1: percentileInterval(macro),
    f1: f1.map((values) => percentileInterval(values)),
  };
}
