import type { BackboneCard } from './card.ts';

/** Which blocks of a backbone are trained: everything from `firstTrainable` (a stage's name) on, or nothing. */
export interface FreezingPlan {
  /** Name of the lowest trained stage; null when only the head is trained. */
  readonly firstTrainable: string | null;
}

/** Where a plan cuts the backbone, and what it trains. */
export interface FreezingCut {
  /** Value whose activations are cached; null when even the first stage is trained, so that the cut is the image itself. */
  readonly cut: string | null;
  /** Stages below the cut, in order. */
  readonly frozen: readonly string[];
  /** Stages above it, in order. */
  readonly trainable: readonly string[];
}
export type { BackboneCard };
