import { z } from 'zod';
import { backboneId, fraction } from './common.ts';

/** The four strategies of transfer learning; `hybrid` is feature extraction, then fine-tuning from that head. */
export const strategy = z.enum(['featureExtraction', 'fineTuning', 'hybrid', 'scratch']);
export type Strategy = z.infer<typeof strategy>;

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
  schedule: z.enum(['cosine', 'constant']),
  /** Part of the steps in which the rate rises from zero. */
  warmUp: fraction,
});
export type TrainingPhase = z.infer<typeof trainingPhase>;

export const augmentation = z.strictObject({
  flipHorizontal: z.boolean(),
  flipVertical: z.boolean(),
  /** Largest brightness and contrast change, as a fraction; 0: none. */
  brightness: z.number().min(0).max(0.5),
  contrast: z.number().min(0).max(0.5),
  /** Seeded augmented views an image that are cached at the cut. */
  views: z.int().min(1).max(16),
});
export type Augmentation = z.infer<typeof augmentation>;

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
  batchSize: z.int().min(1).max(512),
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
  licence: z.string(),
  trainedOn: z.string(),
  knownBias: z.string(),
  blocks: z.array(backboneBlock),
  isDefault: z.boolean(),
});
export type BackboneInfo = z.infer<typeof backboneInfo>;
