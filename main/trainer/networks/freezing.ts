import type { BackboneCard } from './card.ts';

/** Which blocks of a backbone are trained: everything from `firstTrainable` (a stage's name) on, or only the head (null). */
export interface FreezingPlan {
  readonly firstTrainable: string | null;
}

/** Where a plan cuts the backbone, and which stages it trains. */
export interface FreezingCut {
  /** Value whose activations are cached; null when the first stage is trained too, so that the cut is the image itself. */
  readonly cut: string | null;
  /** Stages below the cut, in order. */
  readonly frozen: readonly string[];
  /** Stages above it, in order. */
  readonly trainable: readonly string[];
}

/** The plans a backbone offers, from the head alone down to the whole network; what a freezing panel lists. */
export function freezingPlans(card: BackboneCard): readonly FreezingPlan[] {
  const stages = [...card.stages].reverse();
  return [{ firstTrainable: null }, ...stages.map((stage) => ({ firstTrainable: stage.name }))];
}
