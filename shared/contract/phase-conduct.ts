import { z } from 'zod';
import { usualConduct } from '../domain/recipes.ts';

/** When the blocks of a phase begin to learn. All orders go from the head downwards, one block at a time. */
export const unfreezing = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('atOnce') }),
  /** Gradual unfreezing (ULMFiT, Howard & Ruder 2018): at first `start` blocks, then one more every so many epochs. */
  z.strictObject({
    kind: z.literal('schedule'),
    start: z.int().min(0).max(1000),
    every: z.int().min(1).max(1000),
  }),
  /**
   * By performance: the next block is thawed when the part that watches has not improved for `patience` epochs. A
   * block that brings no improvement in as many is frozen again, with all weights as they were before it, and none
   * is thawed after it.
   */
  z.strictObject({
    kind: z.literal('performance'),
    start: z.int().min(0).max(1000),
    patience: z.int().min(1).max(1000),
    /** Smallest fall of the loss that counts, as a fraction of it. */
    improvement: z.number().min(0).max(0.5),
  }),
]);

/** What ends a phase before its last epoch. */
export const stopping = z.discriminatedUnion('kind', [
  /** The recipe's patience. */
  z.strictObject({ kind: z.literal('recipe') }),
  z.strictObject({ kind: z.literal('never') }),
  z.strictObject({ kind: z.literal('patience'), epochs: z.int().min(1).max(1000) }),
]);

/**
 * Mixtures of two images of a batch and of their labels; the numbers are α of the Beta distribution the share is drawn
 * from, 0 for none, both for one or the other in each batch. Mixup (Zhang et al. 2018) acts at the cut, wherever it
 * is; CutMix (Yun et al. 2019) needs the pixels.
 */
export const mixing = z.strictObject({
  mixup: z.number().min(0).max(10),
  cutmix: z.number().min(0).max(10),
});

/** How a linear head on features that are computed once is found. */
export const probe = z.discriminatedUnion('kind', [
  /** Step by step, by the phase's rates and epochs. */
  z.strictObject({ kind: z.literal('gradient') }),
  /**
   * The minimum itself of the loss with an L2 (ridge) penalty, which is chosen by cross-validation in `folds` parts of
   * the images that learn, groups kept together.
   */
  z.strictObject({ kind: z.literal('crossValidated'), folds: z.int().min(2).max(10) }),
]);

/** Whether what a phase learned is kept. */
export const keep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('always') }),
  /**
   * Only where a paired test on the images that watch says that it is better: a sign-flip permutation test of the
   * difference in loss at this level, and no fewer right answers. Later phases with the same condition are then not tried.
   */
  z.strictObject({ kind: z.literal('ifBetter'), level: z.number().min(0.001).max(0.5) }),
]);

/** The part of a phase that says in which order it learns, when it ends and whether it counts. */
export const phaseConduct = z.strictObject({
  unfreezing: unfreezing.default(() => usualConduct().unfreezing),
  stopping: stopping.default(() => usualConduct().stopping),
  mixing: mixing.default(() => usualConduct().mixing),
  probe: probe.default(() => usualConduct().probe),
  keep: keep.default(() => usualConduct().keep),
});
