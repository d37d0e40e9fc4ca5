import type { Random } from '../../../shared/domain/random.ts';
import {
  type BootstrapIntervals,
  clusterBootstrap,
  hull,
  type Interval,
  meanOfProportions,
  stratifiedBootstrap,
  wilsonInterval,
} from './intervals.ts';
import {
  type ClassificationMetrics,
  type ClassMetrics,
  type ConfusionMatrix,
  classificationMetrics,
  confusionMatrix,
  type Measured,
} from './metrics.ts';

/** A value with how far it can be trusted. */
export type Estimate = {
  readonly value: Measured;
  /** 95 %; null where it cannot be told. */
  readonly interval: Interval | null;
};

/** One class, each value with its interval. */
export type ClassEstimate = {
  readonly support: number;
  readonly predicted: number;
  readonly correct: number;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly f1: Estimate;
};

/** What a reader of one result needs, every value with its interval. */
export type Evaluation = {
  readonly images: number;
  readonly correct: number;
  /** Independent units the intervals are made from: groups where there are any, else images. */
  readonly units: number;
  /** How proportions got their intervals. */
  readonly method: 'wilson' | 'clusterBootstrap';
  readonly accuracy: Estimate;
  readonly balancedAccuracy: Estimate;
  readonly macroF1: Estimate;
  readonly weightedF1: Estimate;
  readonly perClass: readonly ClassEstimate[];
  /** Index of the class of lowest recall (the first of equals); null when no class has images. */
  readonly worstClass: number | null;
  readonly confusion: ConfusionMatrix;
};

/** Out-of-fold predictions to evaluate: class indices 0 … classCount − 1. */
export type EvaluationInput = {
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly classCount: number;
  /** A group key per image, null for an image in no group; null where there are no groups at all. */
  readonly groups: readonly (string | null)[] | null;
};

/** A key per image that makes an image without a group a group of its own. */
export function groupKeys(groups: readonly (string | null)[]): readonly string[] {
  return groups.map((group, image) => (group === null ? `image ${image}` : `group ${group}`));
}

/**
 * All single-label values of a result with 95 % intervals: Wilson's for proportions, a stratified bootstrap for
 * F1, the wider of it and the sum of Wilson's for balanced accuracy; where images come in groups, a bootstrap
 * over groups for all of them. Throws MetricInputError for lists that do not fit.
 */
export function evaluate(input: EvaluationInput, random: Random): Evaluation {
  const confusion = confusionMatrix(input.truth, input.predicted, input.classCount);
  const metrics = classificationMetrics(confusion);
  const keys = input.groups && groupKeys(input.groups);
  const units = keys ? new Set(keys).size : metrics.images;
  const base = {
    images: metrics.images,
    correct: metrics.correct,
    units,
    confusion,
    worstClass: worstClass(metrics),
  };
  if (metrics.images === 0 || keys === null || units === metrics.images) {
    return { ...base, method: 'wilson', ...independent(metrics, stratifiedBootstrap(input, random)) };
  }
  return { ...base, method: 'clusterBootstrap', ...clustered(input, metrics, keys, random) };
}

type Estimates = Pick<Evaluation, 'accuracy' | 'balancedAccuracy' | 'macroF1' | 'weightedF1' | 'perClass'>;

function independent(metrics: ClassificationMetrics, bootstrap: BootstrapIntervals): Estimates {
  const wilson = (value: Measured, successes: number, n: number): Estimate => ({
    value,
    interval: wilsonInterval(successes, n),
  });
  const balanced = meanOfProportions(
    metrics.perClass.map((of) => ({ successes: of.correct, n: of.support })),
  );
  return {
    accuracy: wilson(metrics.accuracy, metrics.correct, metrics.images),
    balancedAccuracy: {
      value: metrics.balancedAccuracy,
      interval: hull(bootstrap.balancedAccuracy, balanced),
    },
    macroF1: { value: metrics.macroF1, interval: unlessPoint(bootstrap.macroF1) },
    weightedF1: { value: metrics.weightedF1, interval: unlessPoint(bootstrap.weightedF1) },
    perClass: metrics.perClass.map((of, index) => ({
      ...counts(of),
      precision: wilson(of.precision, of.correct, of.predicted),
      recall: wilson(of.recall, of.correct, of.support),
      f1: { value: of.f1, interval: unlessPoint(bootstrap.perClass[index]!.f1) },
    })),
  };
}

function clustered(
  input: EvaluationInput,
  metrics: ClassificationMetrics,
  keys: readonly string[],
  random: Random,
): Estimates {
  const bootstrap = clusterBootstrap(input, keys, random);
  const groupsWith = (has: (image: number) => boolean) => new Set(keys.filter((_, image) => has(image))).size;
  const estimate = (value: Measured, interval: Interval | null, groups: number): Estimate => ({
    value,
    interval: unlessPoint(interval) ?? allOrNone(value, groups),
  });
  const all = new Set(keys).size;
  const plain = (value: Measured, interval: Interval | null): Estimate => ({
    value,
    interval: unlessPoint(interval),
  });
  return {
    accuracy: estimate(metrics.accuracy, bootstrap.accuracy, all),
    balancedAccuracy: estimate(metrics.balancedAccuracy, bootstrap.balancedAccuracy, all),
    macroF1: plain(metrics.macroF1, bootstrap.macroF1),
    weightedF1: plain(metrics.weightedF1, bootstrap.weightedF1),
    perClass: metrics.perClass.map((of, index) => {
      const intervals = bootstrap.perClass[index]!;
      const predictedIn = groupsWith((image) => input.predicted[image] === index);
      const presentIn = groupsWith((image) => input.truth[image] === index);
      return {
        ...counts(of),
        precision: estimate(of.precision, intervals.precision, predictedIn),
        recall: estimate(of.recall, intervals.recall, presentIn),
        f1: plain(of.f1, intervals.f1),
      };
    }),
  };
}

const counts = ({ support, predicted, correct }: ClassMetrics) => ({ support, predicted, correct });

/** A bootstrap interval without width says that nothing varied in the sample, not that nothing can. */
function unlessPoint(interval: Interval | null): Interval | null {
  return interval !== null && interval.high > interval.low ? interval : null;
}

/** Where every group is all right or all wrong the groups are the trials: Wilson's interval over them. */
function allOrNone(value: Measured, groups: number): Interval | null {
  return value === 0 || value === 1 ? wilsonInterval(value * groups, groups) : null;
}

function worstClass(metrics: ClassificationMetrics): number | null {
  let worst: number | null = null;
  metrics.perClass.forEach((of, index) => {
    if (of.recall === null) return;
    if (worst === null || of.recall < metrics.perClass[worst]!.recall!) worst = index;
  });
  return worst;
}
