import type { Random } from '../../../shared/domain/random.ts';
import { type Interval, percentileInterval, RESAMPLES, wilsonInterval } from './intervals.ts';
import { checkSameLength, type Measured, ratio } from './metrics.ts';

/** What may be said of the second result against the first. */
export type Verdict = 'better' | 'worse' | 'noEvidence';

/** Two results on the same images. */
export type Comparison = {
  readonly images: number;
  readonly bothRight: number;
  readonly onlyFirstRight: number;
  readonly onlySecondRight: number;
  readonly neitherRight: number;
  /** Accuracy of the second minus that of the first, −1 … 1; null without images. */
  readonly difference: Measured;
  readonly interval: Interval | null;
  /** Probability of a difference at least this large if both were equally good; two-sided. */
  readonly p: number;
  /** McNemar's exact test, or, where images come in groups, the test that swaps the two results group by group. */
  readonly test: 'mcnemar' | 'groupSwap';
};

/** A comparison judged among others. */
export type JudgedComparison = Comparison & {
  readonly first: string;
  readonly second: string;
  /** p after Holm's correction for the number of comparisons. */
  readonly adjustedP: number;
  readonly verdict: Verdict;
};

/** A result to compare: which images it got right, in an order common to all. */
export type Rival = { readonly id: string; readonly right: readonly boolean[] };

/** Below this probability a difference is called one. */
export const SIGNIFICANCE = 0.05;

/** Random swaps of the group test where the groups are too many to try all. */
const SWAPS = 10_000;
const MAX_ENUMERATED_GROUPS = 13;

/**
 * McNemar's exact test: the two-sided p of a split as uneven as this of the images on which two results differ
 * (counts ≥ 0). Statsmodels' mcnemar(exact=True). 1 where they never differ.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (n === 0) return 1;
  let logTerm = -n * Math.LN2;
  for (let k = 0; k < fewer; k++) logTerm += Math.log((n - k) / (k + 1));
  let relative = 1;
  let sum = 1;
  for (let k = fewer; k > 0 && relative > 1e-18; k--) {
    relative *= k / (n - k + 1);
    sum += relative;
  }
  return Math.min(1, 2 * Math.exp(logTerm) * sum);
}

/** Per group the images in it and the second result's lead in it. One group per image where `groups` is null. */
type Clusters = { readonly sizes: Int32Array; readonly leads: Int32Array };

function leadsByGroup(
  first: readonly boolean[],
  second: readonly boolean[],
  groups: readonly string[] | null,
): Clusters {
  const position = new Map<string, number>();
  const sizes: number[] = [];
  const leads: number[] = [];
  first.forEach((right, image) => {
    const key = groups === null ? String(image) : groups[image]!;
    const at = position.get(key) ?? sizes.length;
    position.set(key, at);
    sizes[at] = (sizes[at] ?? 0) + 1;
    leads[at] = (leads[at] ?? 0) + Number(second[image]) - Number(right);
  });
  return { sizes: Int32Array.from(sizes), leads: Int32Array.from(leads) };
}

/**
 * Interval of the accuracy difference: percentile bootstrap over images, or over whole groups. Where resampling
 * shows no variation (the results never differ, or differ everywhere alike) it is as far from the difference as
 * Wilson's interval for 0 of n allows images to be that do otherwise.
 */
function differenceInterval({ sizes, leads }: Clusters, random: Random): Interval | null {
  const n = leads.length;
  if (n === 0) return null;
  const differences = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let images = 0;
    let lead = 0;
    for (let draw = 0; draw < n; draw++) {
      const at = random.below(n);
      images += sizes[at]!;
      lead += leads[at]!;
    }
    differences[resample] = lead / images;
  }
  const constant = differences[0]!;
  const otherwise = wilsonInterval(0, n)!.high * (1 + Math.abs(constant));
  return (
    percentileInterval(differences) ?? {
      low: Math.max(-1, constant - otherwise),
      high: Math.min(1, constant + otherwise),
    }
  );
}

/**
 * Two-sided p of the total lead if in each group the two results might as well be swapped: all 2^g swaps, or
 * 10,000 seeded random ones where there are more than 13 groups in which they differ.
 */
function groupSwapTest(leads: Int32Array, random: Random): number {
  const differing = leads.filter((lead) => lead !== 0);
  const observed = Math.abs(differing.reduce((sum, lead) => sum + lead, 0));
  const all = differing.length <= MAX_ENUMERATED_GROUPS;
  const rounds = all ? 2 ** differing.length : SWAPS;
  let asLarge = 0;
  for (let round = 0; round < rounds; round++) {
    let sum = 0;
    for (let group = 0; group < differing.length; group++) {
      const swap = all ? (round >> group) & 1 : random.uint32() & 1;
      sum += swap === 1 ? -differing[group]! : differing[group]!;
    }
    if (Math.abs(sum) >= observed) asLarge += 1;
  }
  return all ? asLarge / rounds : (asLarge + 1) / (rounds + 1);
}

/**
 * Compares two results image by image. `groups` (one key per image) where images come in groups, else null.
 * Throws MetricInputError when the lists do not have the same length.
 */
export function comparePair(
  first: readonly boolean[],
  second: readonly boolean[],
  groups: readonly string[] | null,
  random: Random,
): Comparison {
  checkSameLength(first, second);
  if (groups) checkSameLength(first, groups);
  const count = (one: boolean, other: boolean) =>
    first.filter((right, image) => right === one && second[image] === other).length;
  const [onlyFirstRight, onlySecondRight] = [count(true, false), count(false, true)];
  const clusters = leadsByGroup(first, second, groups);
  const grouped = clusters.sizes.length < first.length;
  return {
    images: first.length,
    bothRight: count(true, true),
    onlyFirstRight,
    onlySecondRight,
    neitherRight: count(false, false),
    difference: ratio(onlySecondRight - onlyFirstRight, first.length),
    interval: differenceInterval(clusters, random),
    p: grouped ? groupSwapTest(clusters.leads, random) : mcnemarExact(onlyFirstRight, onlySecondRight),
    test: grouped ? 'groupSwap' : 'mcnemar',
  };
}

/**
 * Holm's step-down correction (Holm 1979): p values that may be read one by one although several were looked at.
 * In the order given; each 0 … 1.
 */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, index) => index).sort((one, other) => ps[one]! - ps[other]!);
  const adjusted = new Array<number>(ps.length).fill(1);
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, ps[index]! * (ps.length - rank)));
    adjusted[index] = highest;
  });
  return adjusted;
}

/** What may be said at the 5 % level; never "equal", since no evidence of a difference is not evidence of none. */
export function verdict(p: number, difference: Measured): Verdict {
  if (difference === null || difference === 0 || p >= SIGNIFICANCE) return 'noEvidence';
  return difference > 0 ? 'better' : 'worse';
}

/** Compares the pairs of ids named, with Holm's correction over them. RangeError for an id that is no rival's. */
export function compareAll(
  rivals: readonly Rival[],
  pairs: readonly (readonly [string, string])[],
  groups: readonly string[] | null,
  random: Random,
): readonly JudgedComparison[] {
  const rightOf = (id: string): readonly boolean[] => {
    const rival = rivals.find((one) => one.id === id);
    if (!rival) throw new RangeError(`There is no result called ${id} to compare.`);
    return rival.right;
  };
  const compared = pairs.map(([first, second]) => ({
    first,
    second,
    ...comparePair(rightOf(first), rightOf(second), groups, random),
  }));
  const adjusted = holm(compared.map((one) => one.p));
  return compared.map((one, index) => ({
    ...one,
    adjustedP: adjusted[index]!,
    verdict: verdict(adjusted[index]!, one.difference),
  }));
}

/**
 * The smallest accuracy difference that McNemar's test could have called one, given on how many images the two
 * results differ; as a fraction of all images. Null where no split of so few (under 6) could.
 */
export function smallestTellable(images: number, differing: number): number | null {
  for (let fewer = Math.floor(differing / 2); fewer >= 0; fewer--) {
    if (mcnemarExact(fewer, differing - fewer) < SIGNIFICANCE) return (differing - 2 * fewer) / images;
  }
  return null;
}
