import { z } from 'zod';
import { usualDrop, usualOptimiser } from '../domain/recipes.ts';
import { augmentation } from './augmentation.ts';
import { backboneId, fraction } from './common.ts';
import { phaseConduct } from './phase-conduct.ts';

/** The four strategies of transfer learning; `hybrid` is feature extraction, then fine-tuning from that head. */
export const strategy = z.enum(['featureExtraction', 'fineTuning', 'hybrid', 'scratch']);
export type Strategy = z.infer<typeof strategy>;

/**
 * Course of the learning rate over a phase. All but `oneCycle` and `slantedTriangular` rise linearly over the warm-up;
 * those two have it built in, and take the warm-up as the place of their peak.
 */
export const schedule = z.enum(['cosine', 'constant', 'oneCycle', 'slantedTriangular', 'step', 'plateau']);

/** One stretch of training with its own trainable blocks and rates. */
export const trainingPhase = z.strictObject({
  name: z.enum(['head', 'fineTuning', 'scratch']),
  /** Ids of the backbone's blocks that learn; empty: only the head. They are the last ones, contiguous. */
  trainableBlocks: z.array(z.string().max(100)).max(1000),
  epochs: z.int().min(1).max(1000),
  /** Peak rate of the head; usual starting points: 1e-3 for a head alone, 1e-4 when the backbone learns too. */
  learningRate: z.number().positive().max(10),
  /** Rate of the last block ÷ rate of the head, 0.01–0.1 usual. */
  backboneFactor: fraction,
  /** Each block further down learns this much slower than the one above it. */
  blockDecay: fraction,
  weightDecay: z.number().min(0).max(1),
  schedule,
  /** Part of the steps in which the rate rises. */
  warmUp: fraction,
  /** `step`: the rate times `factor` every so many epochs; `plateau`: after more than so many without improvement. */
  drop: z
    .strictObject({ factor: z.number().min(0.001).max(1), epochs: z.int().min(1).max(1000) })
    .default(usualDrop),
  ...phaseConduct.shape,
});
export type TrainingPhase = z.infer<typeof trainingPhase>;

/** How gradients become new weights. */
export const optimiser = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('adamw'),
    beta1: z.number().min(0).max(0.9999),
    beta2: z.number().min(0).max(0.99999),
    epsilon: z.number().positive().max(1),
  }),
  z.strictObject({ kind: z.literal('sgd'), momentum: z.number().min(0).max(0.999), nesterov: z.boolean() }),
]);

/** What is minimised: the cross-entropy of the task (binary for several labels an image), or the focal loss made of it. */
export const trainingLoss = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('crossEntropy') }),
  /** `gamma`: how much less what is already right counts; 0 is cross-entropy, 2 usual. */
  z.strictObject({ kind: z.literal('focal'), gamma: z.number().min(0).max(10) }),
]);

/** A running average of the weights, which is then watched, kept and delivered instead of the last weights. */
export const averaging = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ema'),
    /** What is kept of the average at each step. */
    decay: z.number().min(0).max(0.99999),
    /** Early averages: as they come, with a decay that grows to its value, or with the bias of the start divided out. */
    warmUp: z.enum(['none', 'ramp', 'biasCorrection']),
  }),
  z.strictObject({
    kind: z.literal('swa'),
    /** Part of a phase's epochs before the first one that is averaged. */
    start: z.number().min(0).max(0.95),
    /** From then on the rate stays at this part of its peak; `null`: it follows the schedule. */
    rate: z.number().positive().max(1).nullable(),
  }),
]);
export type Averaging = z.infer<typeof averaging>;

/**
 * L2-SP (Li, Grandvalet & Davoine 2018): α/2·‖w − w₀‖² on what was pretrained and β/2·‖w‖² on the head, in place of
 * weight decay.
 */
export const l2sp = z.strictObject({ alpha: z.number().min(0).max(10), beta: z.number().min(0).max(10) });

/** Everything that decides how a network is trained; with the data, the split and the seed it decides the weights. */
export const recipe = z.strictObject({
  strategy,
  /** `null` for a network trained from scratch. */
  backbone: backboneId.nullable(),
  /** `aspect`: short side as the card says, long side by the photos' median aspect; `square`: squashed. */
  shape: z.enum(['aspect', 'square']),
  /** Short side in pixels; `null`: as the card says. */
  size: z.int().min(32).max(1024).nullable(),
  /** Spatial means of several stages side by side (more detail for the head), or of the last alone. */
  features: z.enum(['last', 'multiLevel']),
  head: z.strictObject({ hidden: z.int().min(1).max(4096).nullable(), dropout: z.number().min(0).max(0.9) }),
  phases: z.array(trainingPhase).min(1).max(8),
  /** Images that are computed at once. */
  batchSize: z.int().min(1).max(512),
  /** Batches whose gradients are gathered for one step. */
  accumulation: z.int().min(1).max(128).default(1),
  optimiser: optimiser.default(usualOptimiser),
  /** What weight decay and L2-SP act on: biases and the scales of normalisations only where `everything` is. */
  decayed: z.enum(['weights', 'everything']).default('weights'),
  loss: trainingLoss.default({ kind: 'crossEntropy' }),
  averaging: averaging.nullable().default(null),
  l2sp: l2sp.nullable().default(null),
  labelSmoothing: z.number().min(0).max(0.5),
  classWeights: z.enum(['none', 'balanced']),
  /** Gradients longer than this are shortened to it (global L2 norm); `null`: never. */
  clipNorm: z.number().positive().max(1e6).nullable(),
  augmentation,
  earlyStopping: z.strictObject({
    /** Epochs without improvement before a phase ends; `null`: run all epochs. */
    patience: z.int().min(1).max(1000).nullable(),
    /** Part of the training fold that watches; never of the fold that is reported. */
    holdOut: z.number().min(0).max(0.5),
  }),
  /** Batch normalisation folded into the convolutions of the trainable part: faster, other parameters. */
  foldedBatchNorm: z.boolean(),
  /**
   * What the batch normalisations of the learning blocks standardise by. `inference`: the statistics they came with, which
   * stay. `adapted`: while training, those of the images computed at once (of each part of a step where several are
   * gathered), and the running ones that answer later move towards them as PyTorch's do; worth comparing with many images
   * unlike those of the pretraining, in batches of 16 or more. On the bundled 250 leaves it is worse (hybrid, five folds:
   * 70.8 % right against 76.4 %). Frozen blocks are always in inference mode. Without a pretrained network: `scratchNorm`.
   */
  batchNorm: z.enum(['inference', 'adapted']).default('inference'),
  /** Share of a batch in running statistics that move (torch's `momentum`). */
  batchNormMomentum: z.number().min(0.001).max(1).default(0.1),
  /** How the network from scratch normalises: within each image in groups of channels, or over the batch. */
  scratchNorm: z.enum(['group', 'batch']).default('group'),
  /** Probability with which the network's last residual branch is left out of a step, earlier ones proportionally less; only where they learn. */
  stochasticDepth: z.number().min(0).max(0.9).default(0),
  /** Activations at the cut are kept in 16 bits a number, or in 32: twice the disk, not rounded. */
  cachePrecision: z.enum(['half', 'single']).default('half'),
  seed: z.int().nonnegative().max(0xffffffff),
});
export type Recipe = z.infer<typeof recipe>;

/** How the result is judged. */
export const evaluation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('kFold'), folds: z.int().min(2).max(20), seed: z.int().nonnegative() }),
  z.strictObject({
    kind: z.literal('holdOut'),
    test: z.number().min(0.05).max(0.5),
    seed: z.int().nonnegative(),
  }),
  /** Folds that came with the data (a CSV column). */
  z.strictObject({ kind: z.literal('stated') }),
]);
export type Evaluation = z.infer<typeof evaluation>;

/** A block of a backbone as the freezing panel shows it, from the input to the head. */
export const backboneBlock = z.object({
  id: z.string(),
  /** Trainable numbers in it. */
  parameters: z.int(),
  /** Multiply-adds for one image at the card's size. */
  multiplyAdds: z.number(),
  /** Edges and textures, patterns and parts, or whole objects. */
  level: z.enum(['initial', 'intermediate', 'final']),
});
export type BackboneBlock = z.infer<typeof backboneBlock>;

export const backboneInfo = z.object({
  id: backboneId,
  name: z.string(),
  parameters: z.int(),
  bytes: z.int(),
  inputSize: z.int(),
  /** `null`: not stated, of a network of one's own. */
  licence: z.string().nullable(),
  trainedOn: z.string().nullable(),
  knownBias: z.string().nullable(),
  /** How it takes its images, in words. */
  preprocessing: z.string(),
  /** What was measured with its frozen features, and how. */
  measured: z.array(
    z.object({
      data: z.string(),
      protocol: z.string(),
      accuracy: z.number(),
      balanced: z.number().nullable(),
    }),
  ),
  /** One of the person's own, not of the program's. */
  isOwn: z.boolean(),
  blocks: z.array(backboneBlock),
  isDefault: z.boolean(),
});
export type BackboneInfo = z.infer<typeof backboneInfo>;
