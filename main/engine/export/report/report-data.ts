import type { Estimate } from '../../../../shared/contract/common.ts';
import type { Strategy } from '../../../../shared/contract/recipe.ts';
import type { EpochMetrics, ParityCertificate } from '../../../../shared/contract/trainer.ts';
import type { RunResults } from '../../../../shared/contract/training.ts';
import type { JudgedComparison } from '../../validation/comparison.ts';
import type { ImagePrediction } from '../../validation/mistakes.ts';
import type { ReportLanguage } from './format.ts';

/** Another run on the same images, to be judged against. */
export type ReportRival = {
  readonly id: string;
  readonly strategy: Strategy;
  readonly accuracy: Estimate;
  readonly balancedAccuracy: Estimate;
  readonly seconds: number | null;
};

/** An out-of-fold prediction with the file it is about; class positions are those of `results.classes`. */
export type ReportPrediction = ImagePrediction & { readonly path: string };

/** All that a report says; nothing else is read while it is written. */
export type RunReport = {
  readonly language: ReportLanguage;
  readonly project: string;
  /** Milliseconds since 1970, UTC. */
  readonly writtenAt: number;
  readonly results: RunResults;
  readonly rivals: readonly ReportRival[];
  /** Between this run (`results.run.id`) and rivals, or among rivals; made by `compareAll`. */
  readonly comparisons: readonly JudgedComparison[];
  /** Of every tested image, one label each: for the labels to check and the certainty; empty: neither is shown. */
  readonly predictions: readonly ReportPrediction[];
  readonly epochs: readonly EpochMetrics[];
  /** SHA-256 over content and labels of the images. */
  readonly dataHash: string | null;
  /** Program and libraries with their versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly certificate: ParityCertificate | null;
  /** Small pictures of the mistakes by image id, as `data:image/…;base64,…`. */
  readonly thumbnails: ReadonlyMap<number, string>;
};
