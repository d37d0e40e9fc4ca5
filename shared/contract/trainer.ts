import { z } from 'zod';
import { classId, imageId, params, runId } from './common.ts';
import { executorChoice, executorDecision, executorId, executorReport, runComputing } from './executor.ts';
import { networkReport } from './network.ts';
import { task } from './project.ts';
import { recipe } from './recipe.ts';

/**
 * What the engine gives a trainer process and what comes back. A manifest is a JSON file that never changes
 * once written: with the same program version it gives the same weights again on a CPU.
 */

/** An image as the trainer needs it: where it is now, and which bytes it must have. */
export const manifestImage = z.object({
  id: imageId,
  path: z.string(),
  sha256: z.string(),
  width: z.int(),
  height: z.int(),
  /** Positions in `classes`; exactly one for `singleLabel`, any number (also none) for `multiLabel`. */
  labels: z.array(z.int().nonnegative()),
  /** Fold in which the image is tested; `null`: never tested, always trained on. */
  fold: z.int().nonnegative().nullable(),
  /** Images of one group (plant, patient, exact duplicates) stay together when a part is held out. */
  group: z.string(),
});
export type ManifestImage = z.infer<typeof manifestImage>;

const jobFiles = z.object({
  /** Folder of the job: checkpoints, weights, results. */
  folder: z.string(),
  /** Folder for activations; everything in it can be made again. */
  cache: z.string(),
  /** Bytes that may be kept there; absent: the usual share of the disk. */
  cacheLimit: z.number().nonnegative().optional(),
  /** Folder with `ID.onnx` and `ID.json`. */
  backbones: z.string(),
  /** Folders in which libraries of executors may lie beside the program's own. */
  libraries: z.array(z.string()).default([]),
  /** File in which is kept what computes fastest on this machine; absent: nothing is timed. */
  findings: z.string().optional(),
});
const runtime = z.object({
  threads: z.int().min(1).max(256),
  executor: executorChoice,
  /** What that came to on this machine; absent in manifests of earlier versions, which knew ONNX Runtime alone. */
  decision: executorDecision.optional(),
});

export const trainManifest = z.object({
  version: z.literal(1),
  job: z.literal('train'),
  run: runId,
  task,
  recipe,
  classes: z.array(z.object({ id: classId, name: z.string() })).min(1),
  images: z.array(manifestImage).min(1),
  /** Folds to test, each trained on all the others; empty: only the final model. */
  folds: z.array(z.int().nonnegative()),
  /** Train one more model on all images: the one that is used and exported. */
  finalModel: z.boolean(),
  files: jobFiles,
  runtime,
  program: z.string(),
});
export type TrainManifest = z.infer<typeof trainManifest>;

export const predictManifest = z.object({
  version: z.literal(1),
  job: z.literal('predict'),
  /** Folder of the trained run, with `model.json`. */
  model: z.string(),
  images: z.array(z.object({ key: z.string(), path: z.string() })),
  files: jobFiles,
  runtime,
});
export type PredictManifest = z.infer<typeof predictManifest>;

/** Writes a self-contained ONNX file and proves, from the image files on, that it answers like the trained model. */
export const exportManifest = z.object({
  version: z.literal(1),
  job: z.literal('export'),
  model: z.string(),
  /** Images for the parity certificate: at least 50 where there are that many. */
  images: z.array(z.object({ key: z.string(), path: z.string() })),
  target: z.string(),
  /** Where the file lies until it is proven: beside the target. Whoever began the job removes what a process leaves of it. */
  draft: z.string(),
  files: jobFiles,
  runtime,
});
export type ExportManifest = z.infer<typeof exportManifest>;

/** Blocks, sizes and an estimate of time and memory for a recipe, before anything is started. */
export const inspectManifest = z.object({
  version: z.literal(1),
  job: z.literal('inspect'),
  files: jobFiles,
  runtime,
  /** Measure this machine's speed too (takes about a second the first time, then remembered in `cache`). */
  measure: z.boolean(),
  /** An .onnx file to describe; the bundled networks are left alone then. */
  network: z.string().optional(),
  /** A .safetensors file (PyTorch's names) that is to hold the weights of that network. */
  weights: z.string().optional(),
});
export type InspectManifest = z.infer<typeof inspectManifest>;

/** Tries executors one after the other: do they load, are they right, how fast are they. */
export const probeManifest = z.object({
  version: z.literal(1),
  job: z.literal('probe'),
  executors: z.array(executorId),
  /** The network whose speed is measured. */
  backbone: z.string(),
  files: jobFiles,
  runtime,
});
export type ProbeManifest = z.infer<typeof probeManifest>;

/** Draws what a recipe's augmentation does to a few images, as one picture: a row an image, first as it is. */
export const previewManifest = z.object({
  version: z.literal(1),
  job: z.literal('preview'),
  recipe,
  images: z.array(
    z.object({ id: imageId, path: z.string(), sha256: z.string(), width: z.int(), height: z.int() }),
  ),
  /** Views of each image beside the image itself, and the seed they are drawn from. */
  views: z.int().min(1).max(16),
  draw: z.int().nonnegative(),
  /** The WebP file to write. */
  target: z.string(),
  files: jobFiles,
  runtime,
});
export type PreviewManifest = z.infer<typeof previewManifest>;

/** Takes a person's own .onnx file as a backbone. */
export const adoptManifest = z.object({
  version: z.literal(1),
  job: z.literal('adopt'),
  network: z.string(),
  /** A .safetensors file (PyTorch's names) with the weights to take in place of those of the network's file. */
  weights: z.string().nullable(),
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  /** Name of a usual scaling; `null`: the one that fits the reference. */
  scaling: z.string().nullable(),
  /** Own scaling of 0…255 values, in place of a usual one. */
  mean: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  std: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  order: z.enum(['rgb', 'bgr']).nullable(),
  /** Side in pixels that it was trained at, where the file leaves it open. */
  size: z.int().min(16).max(2048).nullable(),
  /** Value to use as features, where the classifier's input is not it. */
  features: z.string().nullable(),
  /** .safetensors, .npz or .npy with what the network answers for images, which it holds too or `referenceImages` does. */
  reference: z.string().nullable(),
  /** Folder of those images. */
  referenceImages: z.string().nullable(),
  /** Compared by all numbers, or by the class that comes first: then images may be of any size. */
  check: z.enum(['values', 'top1']),
  /** As the person says; `null`: not stated. */
  licence: z.string().nullable(),
  trainedOn: z.string().nullable(),
  knownBias: z.string().nullable(),
  /** Folder that network and card are written into. */
  target: z.string(),
  files: jobFiles,
  runtime,
});
export type AdoptManifest = z.infer<typeof adoptManifest>;

export const trainerManifest = z.discriminatedUnion('job', [
  trainManifest,
  predictManifest,
  exportManifest,
  inspectManifest,
  probeManifest,
  previewManifest,
  adoptManifest,
]);
export type TrainerManifest = z.infer<typeof trainerManifest>;

/** To the trainer. `pause` keeps everything in memory; `cancel` ends within a second, leaving a checkpoint. */
export const trainerCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    manifest: z.string(),
    resume: z.boolean(),
    /** With fewer images at a time: so many processes before were ended for want of memory, one after the other. */
    smaller: z.int().min(0).optional(),
    /** With another executor than the manifest names, because the person says so; the record tells it. */
    executor: executorId.optional(),
  }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('cancel') }),
]);
export type TrainerCommand = z.infer<typeof trainerCommand>;

export const prediction = z.object({
  id: imageId,
  fold: z.int().nonnegative(),
  /** One a class: softmax for one label an image, sigmoid for several. */
  probabilities: z.array(z.number()),
});
export type Prediction = z.infer<typeof prediction>;

/** Latest state of a job, at most ten times a second. */
export const trainerProgress = z.object({
  stage: z.enum([
    'preparing',
    'features',
    'training',
    'evaluating',
    'saving',
    'verifying',
    'predicting',
    'measuring',
  ]),
  /** Fold being trained; `null` for the final model and for jobs without folds. */
  fold: z.int().nullable(),
  /** Models done and to do in the whole run (folds and the final one). */
  model: z.int(),
  models: z.int(),
  phase: z.int(),
  phases: z.int(),
  phaseName: z.string(),
  epoch: z.int(),
  epochs: z.int(),
  /** Images done and to do in the current stage. */
  done: z.int(),
  total: z.int(),
  imagesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  paused: z.boolean(),
  /** Blocks that learn now; all others are frozen. */
  trainableBlocks: z.array(z.string()),
});
export type TrainerProgress = z.infer<typeof trainerProgress>;

export const epochMetrics = z.object({
  fold: z.int().nullable(),
  phase: z.int(),
  phaseName: z.string(),
  epoch: z.int(),
  trainLoss: z.number(),
  trainAccuracy: z.number(),
  /** Of the part held out of the training fold; `null` where nothing could be held out. */
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  learningRate: z.number(),
  seconds: z.number(),
  imagesPerSecond: z.number(),
});
export type EpochMetrics = z.infer<typeof epochMetrics>;

/** Proof that the exported file answers like the trained model; both start at the image file. */
export const parityCertificate = z.object({
  images: z.int(),
  maxAbsDiff: z.number(),
  meanAbsDiff: z.number(),
  top1Agreement: z.number(),
  tolerance: z.number(),
  passed: z.boolean(),
  file: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  runtime: z.string(),
});
export type ParityCertificate = z.infer<typeof parityCertificate>;

/** Bytes that one more image in a batch adds to a training phase. */
export const stepBytes = z.object({
  /** Values alive at once, by what the batch normalisations of the learning blocks do. */
  inference: z.number(),
  folded: z.number(),
  adapted: z.number(),
  /** Maps rearranged for the weight gradients of convolutions, all together. */
  columns: z.number(),
});
export type StepBytes = z.infer<typeof stepBytes>;

export const blockReport = z.object({
  backbone: z.string(),
  blocks: z.array(
    z.object({
      id: z.string(),
      parameters: z.int(),
      multiplyAdds: z.number(),
      level: z.enum(['initial', 'intermediate', 'final']),
      /**
       * Where this block and all after it learn, at the card's size; `null`: they cannot, or an earlier version looked at
       * the network.
       */
      stepBytes: stepBytes.nullable().default(null),
      /**
       * Numbers that are kept of each image where this block is the first that learns, at the card's size; `null`: an earlier
       * version looked at the network, or it is the first block of all, which learns from the pixels.
       */
      cutValues: z.int().nullable().default(null),
    }),
  ),
  parameters: z.int(),
  featureSize: z.object({ last: z.int(), multiLevel: z.int() }),
  /** Measured here: images a second through the whole frozen backbone at the card's size; `null` if not measured. */
  forwardRate: z.number().nullable(),
});
export type BlockReport = z.infer<typeof blockReport>;

/** What was found in a person's own network. */
export const adoptionReport = z.object({
  operators: z.array(z.object({ operator: z.string(), count: z.int() })),
  nodes: z.int(),
  parameters: z.int(),
  layout: z.enum(['NCHW', 'NHWC']),
  size: z.array(z.int()).length(2),
  anySize: z.boolean(),
  featureCount: z.int(),
  /** Classes of the classifier it came with. */
  classes: z.int().nullable(),
  scaling: z.string(),
  order: z.enum(['rgb', 'bgr']),
  /** How its answers were compared with a reference, on how many images; `null`: not at all. */
  check: z.enum(['values', 'top1']).nullable(),
  images: z.int(),
  /** Images whose first class is the reference's; `null` where classes were not compared. */
  agreeing: z.int().nullable(),
  /** How far the worst number was off; `null` where none were compared. */
  difference: z.number().nullable(),
  report: blockReport,
  /** The deepest block from which on everything can be trained, and why not deeper. */
  trainable: z.object({
    first: z.string().nullable(),
    /** In English for logs; `params.why` and the rest for a page's own words. */
    reason: z.object({ message: z.string(), params }).nullable(),
  }),
});
export type AdoptionReport = z.infer<typeof adoptionReport>;

/** From the trainer. `failed` and `done` are the last words; an exit without them is a crash. */
export const trainerEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** What computes a training, as it was really loaded. */
  z.object({ type: z.literal('computing'), computing: runComputing }),
  z.object({ type: z.literal('progress'), progress: trainerProgress }),
  z.object({ type: z.literal('epoch'), metrics: epochMetrics }),
  z.object({ type: z.literal('predictions'), predictions: z.array(prediction) }),
  /** Answers for plain files, in the manifest's order; `error` says why one could not be read. */
  z.object({
    type: z.literal('answers'),
    answers: z.array(
      z.object({
        key: z.string(),
        probabilities: z.array(z.number()).nullable(),
        error: z.string().nullable(),
      }),
    ),
  }),
  z.object({ type: z.literal('modelDone'), fold: z.int().nullable(), seconds: z.number() }),
  z.object({
    type: z.literal('imageFailed'),
    key: z.string(),
    code: z.string(),
    message: z.string(),
    params,
  }),
  z.object({
    type: z.literal('log'),
    level: z.enum(['info', 'warning']),
    code: z.string(),
    message: z.string(),
    params,
  }),
  z.object({ type: z.literal('inspected'), reports: z.array(blockReport) }),
  z.object({ type: z.literal('described'), network: networkReport }),
  z.object({ type: z.literal('adopted'), report: adoptionReport }),
  z.object({ type: z.literal('exported'), certificate: parityCertificate }),
  /** The executor that is tried next: whom to blame if nothing more is heard. */
  z.object({ type: z.literal('probing'), executor: executorId, title: z.string() }),
  z.object({ type: z.literal('probed'), report: executorReport }),
  /** Passed over: it is to be tried in a process in which no other executor has been. */
  z.object({ type: z.literal('apart'), executor: executorId }),
  z.object({
    type: z.literal('done'),
    seconds: z.number(),
    /** Executor and versions that were really used, frozen tensors checked, sizes: kept with the run. */
    record: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('cancelled') }),
  z.object({
    type: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    params,
  }),
]);
export type TrainerEvent = z.infer<typeof trainerEvent>;
