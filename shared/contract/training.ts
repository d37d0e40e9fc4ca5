import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { note, reason, warning } from './advice.ts';
import {
  backboneId,
  classId,
  commandId,
  estimate,
  failure,
  grantId,
  imageId,
  jobId,
  params,
  problem,
  runId,
  timestamp,
} from './common.ts';
import { executorChoice, runComputing } from './executor.ts';
import { networkReport } from './network.ts';
import { backboneInfo, evaluation, recipe, strategy } from './recipe.ts';
import { adoptionReport, epochMetrics, parityCertificate, trainerProgress } from './trainer.ts';

/** What the Train panel says before the start, with reasons as codes that the page puts into words. */
export const recommendation = z.object({
  recipe,
  evaluation,
  images: z.int(),
  classes: z.int(),
  reasons: z.array(reason),
  /** What stands in the way of training at all, or of trusting it. */
  warnings: z.array(warning),
});
export type Recommendation = z.infer<typeof recommendation>;

export const trainingEstimate = z.object({
  seconds: z.number(),
  phases: z.array(z.object({ name: z.string(), seconds: z.number() })),
  memoryBytes: z.number(),
  freeMemoryBytes: z.number(),
  diskBytes: z.number(),
  freeDiskBytes: z.number(),
  /** The rates come from a measurement on this machine, not from a table. */
  measured: z.boolean(),
});
export type TrainingEstimate = z.infer<typeof trainingEstimate>;

export const runState = z.enum([
  'waiting',
  'running',
  'paused',
  'done',
  'failed',
  'cancelled',
  'interrupted',
]);
export type RunState = z.infer<typeof runState>;

export const runSummary = z.object({
  id: runId,
  name: z.string(),
  state: runState,
  strategy,
  backbone: z.string().nullable(),
  createdAt: timestamp,
  finishedAt: timestamp.nullable(),
  seconds: z.number().nullable(),
  images: z.int(),
  classes: z.int(),
  accuracy: estimate.nullable(),
  balancedAccuracy: estimate.nullable(),
  resumable: z.boolean(),
  hasModel: z.boolean(),
  error: failure.nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** What a run or a job says of itself besides how far it is. */
const jobNote = z.object({
  level: z.enum(['info', 'warning']),
  code: z.string(),
  /** In English; `code` and `params` are for a page's own words. */
  message: z.string(),
  params,
});
export type JobNote = z.infer<typeof jobNote>;

/** A run as it is now; a late subscriber gets the whole state first. */
export const runSnapshot = z.object({
  sequence: z.int(),
  run: runSummary,
  progress: trainerProgress.nullable(),
  /** What computes it; `null` as long as no process of it has loaded that. */
  computing: runComputing.nullable(),
  epochs: z.array(epochMetrics),
  log: z.array(jobNote.extend({ at: timestamp })),
});
export type RunSnapshot = z.infer<typeof runSnapshot>;

export const classResult = z.object({
  classId,
  name: z.string(),
  colour: z.string(),
  support: z.int(),
  precision: estimate,
  recall: estimate,
  f1: estimate,
});
export type ClassResult = z.infer<typeof classResult>;

export const mistake = z.object({
  imageId,
  path: z.string(),
  thumbnail: z.int(),
  trueClassIds: z.array(classId),
  predictedClassIds: z.array(classId),
  /** Probability given to the wrong answer. */
  confidence: z.number(),
});
export type Mistake = z.infer<typeof mistake>;

export const runResults = z.object({
  run: runSummary,
  recipe,
  evaluation,
  /** Images that were tested, each by a model that never saw it. */
  tested: z.int(),
  accuracy: estimate,
  balancedAccuracy: estimate,
  macroF1: estimate,
  /** Always the commonest class: what knowing nothing gives. */
  baseline: z.number(),
  perFold: z.array(z.object({ fold: z.int(), accuracy: z.number(), images: z.int() })),
  classes: z.array(classResult),
  /** `confusion[true][predicted]`, in the order of `classes`; `null` where several labels are allowed. */
  confusion: z.array(z.array(z.int())).nullable(),
  mistakes: z.array(mistake),
  groups: z.int().nullable(),
  notes: z.array(note),
  record: z.record(z.string(), z.unknown()),
});
export type RunResults = z.infer<typeof runResults>;

/** Two runs on the same images: the difference, its interval, and what can be told. */
export const runComparison = z.object({
  images: z.int(),
  difference: estimate,
  onlyFirstRight: z.int(),
  onlySecondRight: z.int(),
  pValue: z.number(),
  verdict: z.enum(['better', 'worse', 'noEvidence']),
});
export type RunComparison = z.infer<typeof runComparison>;

const progressEvent = <Done extends z.ZodType>(done: Done) =>
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('progress'),
      sequence: z.int(),
      stage: z.string(),
      done: z.int(),
      total: z.int(),
      secondsLeft: z.number().nullable(),
      /** All so far. */
      notes: z.array(jobNote),
    }),
    z.object({ type: z.literal('done'), result: done }),
  ]);

export const predictResult = z.object({
  csv: grantId,
  images: z.int(),
  failed: z.array(problem),
  byClass: z.array(z.object({ name: z.string(), images: z.int() })),
  seconds: z.number(),
});
export const exportResult = z.object({ file: grantId, certificate: parityCertificate });

/** A sheet of views: its number for `media://preview/NUMBER`, another version for other pixels, rows and views. */
export const augmentationPreview = z.object({
  sheet: z.int().positive(),
  version: z.int(),
  images: z.int(),
  views: z.int(),
});
export type AugmentationPreview = z.infer<typeof augmentationPreview>;

/** Descriptions of images that are kept on disk, in bytes, and how many may be. */
export const cacheState = z.object({ bytes: z.number(), limit: z.number() });
export type CacheState = z.infer<typeof cacheState>;

const triple = z.tuple([z.number(), z.number(), z.number()]).nullable();
/** In the person's own words; `null`: not stated. */
const said = z.string().trim().min(1).max(2000).nullable();
/** A network of one's own: the file, what is known of it, and how its images are scaled. */
export const adoptInput = z.strictObject({
  network: grantId,
  /** A .safetensors file with its weights, in place of those in the network's file. */
  weights: grantId.nullable(),
  id: z.string().regex(/^[\w-]{1,60}$/),
  name: z.string().trim().min(1).max(200),
  /** Name of a usual scaling; `null`: the one that fits the reference. */
  scaling: z.string().max(40).nullable(),
  mean: triple,
  std: triple,
  order: z.enum(['rgb', 'bgr']).nullable(),
  size: z.int().min(16).max(2048).nullable(),
  features: z.string().max(500).nullable(),
  reference: grantId.nullable(),
  referenceImages: grantId.nullable(),
  check: z.enum(['values', 'top1']),
  licence: said,
  trainedOn: said,
  knownBias: said,
});
export type AdoptBackbone = z.infer<typeof adoptInput>;

export const trainingContract = {
  backbones: oc.output(z.array(backboneInfo)),
  /**
   * Layers, costs and possible cuts of a network file, and whether a weights file fits it; NETWORK_UNSUPPORTED says what
   * of it cannot be taken, or which weights are missing or left over.
   */
  describe: oc.input(z.strictObject({ file: grantId, weights: grantId.optional() })).output(networkReport),
  /** Takes a network of one's own; NETWORK_UNSUPPORTED names operator, node and reason, PREPROCESSING which scaling fits. */
  adoptBackbone: oc.input(adoptInput).output(eventIterator(progressEvent(adoptionReport))),
  removeBackbone: oc.input(z.strictObject({ backbone: backboneId })).output(z.void()),
  recommend: oc.input(z.strictObject({ strategy: strategy.optional() })).output(recommendation),
  estimate: oc
    .input(z.strictObject({ recipe, evaluation, executor: executorChoice.optional() }))
    .output(trainingEstimate),
  /** What is kept of the images' descriptions; removing it costs only time. */
  cache: oc.output(cacheState),
  clearCache: oc.output(cacheState),
  start: oc
    .input(
      z.strictObject({
        commandId,
        recipe,
        evaluation,
        name: z.string().max(200).optional(),
        /** `false`: only the honest number is wanted, no network to use; saves one training. */
        finalModel: z.boolean().optional(),
        /** What computes this run; as set in Settings where absent. Never replaced by another one. */
        executor: executorChoice.optional(),
      }),
    )
    .output(runSummary),
  control: oc
    .input(z.strictObject({ run: runId, action: z.enum(['pause', 'resume', 'cancel']) }))
    .output(runSummary),
  /** Goes on from the last checkpoint of a run that was interrupted or cancelled. */
  resume: oc
    .input(z.strictObject({ commandId, run: runId, executor: executorChoice.optional() }))
    .output(runSummary),
  runs: oc.output(z.array(runSummary)),
  remove: oc.input(z.strictObject({ commandId, run: runId })).output(z.void()),
  rename: oc
    .input(z.strictObject({ commandId, run: runId, name: z.string().trim().min(1).max(200) }))
    .output(runSummary),
  /** Ends when the run ends; the first event is the state so far. */
  watch: oc.input(z.strictObject({ run: runId })).output(eventIterator(runSnapshot)),
  results: oc.input(z.strictObject({ run: runId })).output(runResults),
  /** Images of one cell of the confusion matrix, most confident first. */
  cell: oc
    .input(z.strictObject({ run: runId, trueClass: classId, predictedClass: classId }))
    .output(z.array(mistake)),
  compare: oc.input(z.strictObject({ first: runId, second: runId })).output(runComparison),
  report: oc.input(z.strictObject({ run: runId, target: grantId })).output(z.object({ file: grantId })),
  predict: oc
    .input(z.strictObject({ commandId, run: runId, source: grantId, target: grantId }))
    .output(eventIterator(progressEvent(predictResult))),
  exportOnnx: oc
    .input(z.strictObject({ commandId, run: runId, target: grantId }))
    .output(eventIterator(progressEvent(exportResult))),
  /** What the recipe's augmentation does to images of the project; `draw` chooses others. */
  previewAugmentation: oc
    .input(z.strictObject({ recipe, draw: z.int().nonnegative().max(1_000_000) }))
    .output(augmentationPreview),
  jobs: oc.output(z.array(z.object({ id: jobId, kind: z.string(), done: z.int(), total: z.int() }))),
};
