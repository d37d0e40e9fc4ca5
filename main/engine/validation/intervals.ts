import type { Random } from '../../../shared/domain/random.ts';
import { checkClasses, checkSameLength, type Measured } from './metrics.ts';

/** A 95 % confidence interval, in the unit of what it belongs to. */
export type Interval = { readonly low: number; readonly high: number };

/** Resamples of a bootstrap: enough for percentiles at 2.5 % to move by under a tenth of the interval's width. */
export const RESAMPLES = 2_000;

/** The normal distribution's 97.5th percentile. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of a proportion (Wilson 1927): sound also for few images and for 0 or all of them
 * right, where the usual ± is not. Null for n = 0.
 */
export function wilsonInterval(successes: number, n: number): Interval | null {
  if (n === 0) return null;
  const share = successes / n;
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
  };
}

/**
 * The middle 95 % of bootstrap values, interpolated as numpy.percentile does. Sorts `values` in place. Null where
 * it would flatter: when more than one in ten resamples left the value undefined, and when all values are equal,
 * which says that nothing varied in the sample, not that nothing can.
 */
export function percentileInterval(values: Float64Array): Interval | null {
  values.sort();
  // NaN sorts last in typed arrays.
  let defined = values.length;
  while (defined > 0 && Number.isNaN(values[defined - 1]!)) defined -= 1;
  if (defined === 0 || defined < 0.9 * values.length) return null;
  const at = (share: number): number => {
    const position = share * (defined - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, defined - 1);
    return values[below]! + (position - below) * (values[above]! - values[below]!);
  };
  const interval = { low: at(0.025), high: at(0.975) };
  return interval.high > interval.low ? interval : null;
}

/** Values of a single-label result in every resample; NaN where undefined. */
type Draws = {
  readonly accuracy: Float64Array;
  readonly balancedAccuracy: Float64Array;
  readonly macroF1: Float64Array;
  readonly weightedF1: Float64Array;
  readonly precision: readonly Float64Array[];
  readonly recall: readonly Float64Array[];
  readonly f1: readonly Float64Array[];
};

/** Bootstrap intervals of a single-label result; null where they cannot be told. */
export type BootstrapIntervals = {
  readonly accuracy: Interval | null;
  readonly balancedAccuracy: Interval | null;
  readonly macroF1: Interval | null;
  readonly weightedF1: Interval | null;
  readonly perClass: readonly {
    readonly precision: Interval | null;
    readonly recall: Interval | null;
    readonly f1: Interval | null;
  }[];
};

function startDraws(classCount: number, resamples: number): Draws {
  const values = () => new Float64Array(resamples);
  const perClass = () => Array.from({ length: classCount }, values);
  return {
    accuracy: values(),
    balancedAccuracy: values(),
    macroF1: values(),
    weightedF1: values(),
    precision: perClass(),
    recall: perClass(),
    f1: perClass(),
  };
}

/** One resample's values from its counts per class. */
function record(
  draws: Draws,
  at: number,
  correct: Int32Array,
  support: Int32Array,
  predicted: Int32Array,
): void {
  let images = 0;
  let right = 0;
  let recallSum = 0;
  let recalls = 0;
  let f1Sum = 0;
  let f1s = 0;
  let weighted = 0;
  for (let index = 0; index < correct.length; index++) {
    const [hit, own, named] = [correct[index]!, support[index]!, predicted[index]!];
    images += own;
    right += hit;
    const recall = hit / own;
    const f1 = (2 * hit) / (own + named);
    draws.recall[index]![at] = recall;
    draws.precision[index]![at] = hit / named;
    draws.f1[index]![at] = f1;
    if (own > 0) {
      recallSum += recall;
      recalls += 1;
      weighted += own * f1;
    }
    if (own + named > 0) {
      f1Sum += f1;
      f1s += 1;
    }
  }
  draws.accuracy[at] = right / images;
  draws.balancedAccuracy[at] = recallSum / recalls;
  draws.macroF1[at] = f1Sum / f1s;
  draws.weightedF1[at] = weighted / images;
}

function intervalsOf(draws: Draws): BootstrapIntervals {
  return {
    accuracy: percentileInterval(draws.accuracy),
    balancedAccuracy: percentileInterval(draws.balancedAccuracy),
    macroF1: percentileInterval(draws.macroF1),
    weightedF1: percentileInterval(draws.weightedF1),
    perClass: draws.f1.map((f1, index) => ({
      precision: percentileInterval(draws.precision[index]!),
      recall: percentileInterval(draws.recall[index]!),
      f1: percentileInterval(f1),
    })),
  };
}

/** A single-label result to resample: class indices 0 … classCount − 1, equally long lists. */
export type Labelled = {
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  readonly classCount: number;
};

function checkLabelled({ truth, predicted, classCount }: Labelled): void {
  checkSameLength(truth, predicted);
  checkClasses(truth, classCount);
  checkClasses(predicted, classCount);
}

/**
 * Percentile bootstrap within each true class (Efron 1979), for values that Wilson's interval does not fit. Each
 * class keeps its number of images, as the split gave it. An end that touches a perfect score is too hopeful
 * with few images: see `meanOfProportions`.
 */
export function stratifiedBootstrap(
  result: Labelled,
  random: Random,
  resamples = RESAMPLES,
): BootstrapIntervals {
  checkLabelled(result);
  const { classCount } = result;
  const rows: number[][] = Array.from({ length: classCount }, () => []);
  for (let image = 0; image < result.truth.length; image++) {
    rows[result.truth[image]!]!.push(result.predicted[image]!);
  }
  const strata = rows.map((row) => Int32Array.from(row));
  const support = Int32Array.from(strata, (row) => row.length);
  const draws = startDraws(classCount, resamples);
  const correct = new Int32Array(classCount);
  const predicted = new Int32Array(classCount);
  for (let resample = 0; resample < resamples; resample++) {
    predicted.fill(0);
    strata.forEach((row, classIndex) => {
      const before = predicted[classIndex]!;
      drawInto(predicted, row, random);
      correct[classIndex] = predicted[classIndex]! - before;
    });
    record(draws, resample, correct, support, predicted);
  }
  return intervalsOf(draws);
}

/** Draws as many predictions from a class's as it has and counts them. */
function drawInto(counts: Int32Array, row: Int32Array, { below }: Random): void {
  const n = row.length;
  for (let draw = 0; draw < n; draw++) counts[row[below(n)]!]! += 1;
}

/**
 * Percentile bootstrap that draws whole groups: images of one patient or plant say nearly the same, and intervals
 * that take them for independent are too narrow. `groups`: one key per image. Where every image of a proportion
 * is right, or every one wrong, the groups are the trials of a Wilson interval. With few groups (under about 10)
 * even this interval is too narrow.
 */
export function clusterBootstrap(
  result: Labelled,
  groups: ArrayLike<string>,
  random: Random,
  resamples = RESAMPLES,
): BootstrapIntervals {
  checkLabelled(result);
  checkSameLength(result.truth, groups);
  const { classCount } = result;
  const clusters = clusterPairs(result, groups);
  const draws = startDraws(classCount, resamples);
  const correct = new Int32Array(classCount);
  const support = new Int32Array(classCount);
  const predicted = new Int32Array(classCount);
  for (let resample = 0; resample < resamples; resample++) {
    for (const counts of [correct, support, predicted]) counts.fill(0);
    for (let draw = 0; draw < clusters.length; draw++) {
      const pairs = clusters[random.below(clusters.length)]!;
      for (let at = 0; at < pairs.length; at += 2) {
        const [own, named] = [pairs[at]!, pairs[at + 1]!];
        support[own]! += 1;
        predicted[named]! += 1;
        if (own === named) correct[own]! += 1;
      }
    }
    record(draws, resample, correct, support, predicted);
  }
  return withGroupsAsTrials(intervalsOf(draws), result, groups);
}

/** Gives proportions of all or none, for which resampling says nothing, Wilson's interval over the groups. */
function withGroupsAsTrials(
  intervals: BootstrapIntervals,
  { truth, predicted }: Labelled,
  groups: ArrayLike<string>,
): BootstrapIntervals {
  const overGroups = (counted: (image: number) => boolean): Interval | null => {
    const images = Array.from(truth, (_, image) => image).filter(counted);
    const trials = new Set(images.map((image) => groups[image]!)).size;
    const right = images.filter((image) => truth[image] === predicted[image]).length;
    return right === 0 || right === images.length ? wilsonInterval(right === 0 ? 0 : trials, trials) : null;
  };
  return {
    ...intervals,
    accuracy: intervals.accuracy ?? overGroups(() => true),
    perClass: intervals.perClass.map((own, index) => ({
      ...own,
      precision: own.precision ?? overGroups((image) => predicted[image] === index),
      recall: own.recall ?? overGroups((image) => truth[image] === index),
    })),
  };
}

/** Per group its images' true and predicted classes, alternating. */
function clusterPairs(result: Labelled, groups: ArrayLike<string>): readonly Int32Array[] {
  const members = new Map<string, number[]>();
  for (let image = 0; image < groups.length; image++) {
    const pairs = members.get(groups[image]!) ?? [];
    pairs.push(result.truth[image]!, result.predicted[image]!);
    members.set(groups[image]!, pairs);
  }
  return [...members.values()].map((pairs) => Int32Array.from(pairs));
}

/**
 * The interval of a mean of proportions from the Wilson interval of each (MOVER: Zou & Donner 2008). Unlike the
 * bootstrap it stays honest when a class of three images happens to be all right. Null without proportions.
 */
export function meanOfProportions(
  proportions: readonly { readonly successes: number; readonly n: number }[],
): Interval | null {
  const defined = proportions.filter(({ n }) => n > 0);
  if (defined.length === 0) return null;
  let mean = 0;
  let down = 0;
  let up = 0;
  for (const { successes, n } of defined) {
    const share = successes / n;
    const { low, high } = wilsonInterval(successes, n)!;
    mean += share / defined.length;
    down += ((share - low) / defined.length) ** 2;
    up += ((high - share) / defined.length) ** 2;
  }
  return { low: Math.max(0, mean - Math.sqrt(down)), high: Math.min(1, mean + Math.sqrt(up)) };
}

/** The smallest interval that holds both; null when either is unknown, since half an answer would flatter. */
export function hull(one: Interval | null, other: Interval | null): Interval | null {
  if (one === null || other === null) return null;
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) };
}

/**
 * The farther end of the interval in whole percentage points, at least 1, for sentences such as "81 of 100 right,
 * give or take 5".
 */
export function giveOrTake(value: Measured, interval: Interval | null): number | null {
  if (value === null || interval === null) return null;
  return Math.max(1, Math.round(100 * Math.max(value - interval.low, interval.high - value)));
}
