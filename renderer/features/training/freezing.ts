import type { BackboneBlock, Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import { rateCourse } from '../../../shared/domain/rates.ts';
import { usualConduct, usualDrop } from '../../../shared/domain/recipes.ts';

/** The phase whose trainable blocks the freezing panel shows: the last in which the backbone may learn. */
export function freezingPhase(recipe: Recipe): TrainingPhase | null {
  return recipe.phases.findLast((phase) => phase.name === 'fineTuning') ?? null;
}

/**
 * Position of the first block that learns at the end of training, from the input; `blocks.length` when only the
 * head learns.
 */
export function firstTrainable(recipe: Recipe, blocks: readonly BackboneBlock[]): number {
  const learning = new Set(freezingPhase(recipe)?.trainableBlocks ?? []);
  const first = blocks.findIndex((block) => learning.has(block.id));
  return first === -1 ? blocks.length : first;
}

const startingFineTuning: Omit<TrainingPhase, 'trainableBlocks'> = {
  name: 'fineTuning',
  epochs: 10,
  learningRate: 1e-3,
  backboneFactor: 0.1,
  blockDecay: 0.75,
  weightDecay: 0.05,
  schedule: 'cosine',
  warmUp: 0.1,
  drop: usualDrop(),
  ...usualConduct(),
};

/**
 * The recipe in which blocks from `first` on learn and all before stay frozen. Nothing left to learn in the
 * backbone makes it feature extraction; the first block thawed adds a fine-tuning phase after the head's.
 */
export function withFirstTrainable(
  recipe: Recipe,
  blocks: readonly BackboneBlock[],
  first: number,
  template: TrainingPhase | null,
): Recipe {
  const trainableBlocks = blocks.slice(first).map((block) => block.id);
  const hasHeadPhase = recipe.phases.some((phase) => phase.name === 'head');
  if (trainableBlocks.length === 0 && hasHeadPhase) {
    return {
      ...recipe,
      strategy: 'featureExtraction',
      phases: recipe.phases.filter((phase) => phase.name !== 'fineTuning'),
    };
  }
  const last = recipe.phases.findLastIndex((phase) => phase.name === 'fineTuning');
  if (last === -1) {
    const phase = { ...(template ?? startingFineTuning), trainableBlocks };
    return { ...recipe, strategy: 'hybrid', phases: [...recipe.phases, phase] };
  }
  const phases = recipe.phases.map((phase, index) =>
    index === last ? { ...phase, trainableBlocks } : phase,
  );
  return { ...recipe, phases };
}

/** Rate of a block relative to the head's in a phase: the last block's factor, decayed once a block below it. */
export function blockRate(phase: TrainingPhase, blocks: readonly BackboneBlock[], index: number): number {
  const id = blocks[index]?.id;
  if (id === undefined || !phase.trainableBlocks.includes(id)) return 0;
  return phase.backboneFactor * phase.blockDecay ** (blocks.length - 1 - index);
}

/** Share of the backbone's parameters that learn when everything from `first` on does, 0 to 1. */
export function learningShare(blocks: readonly BackboneBlock[], first: number): number {
  const total = blocks.reduce((sum, block) => sum + block.parameters, 0);
  const learning = blocks.slice(first).reduce((sum, block) => sum + block.parameters, 0);
  return total === 0 ? 0 : learning / total;
}

/** Steps of the phase that is drawn: so many that the curve is smooth. */
const DRAWN_STEPS = 10_000;

/** Rate of the head along a phase, 0 to 1 of its peak, at `points` evenly spaced moments: what the timeline draws. */
export function rateCurve(phase: TrainingPhase, points: number): readonly number[] {
  return Array.from({ length: points }, (_, index) =>
    rateCourse(phase, Math.round((index / (points - 1)) * (DRAWN_STEPS - 1)), DRAWN_STEPS),
  );
}
