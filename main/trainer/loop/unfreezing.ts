import type { TrainingPhase } from '../../../shared/contract/recipe.ts';

/** Which of a phase's blocks learn at the moment. */
export interface Thaw {
  /** How many learn, counted from the head. */
  readonly blocks: number;
  /** Epoch in which these began to. */
  readonly since: number;
  /** The last change was one more block; false at the start and after one was frozen again. */
  readonly grown: boolean;
  /** A block was tried and brought nothing: none is tried after it. */
  readonly refused: boolean;
}

/** What an epoch means for the set of blocks that learn: another set and the weights it begins with, or the end. */
export type ThawChange =
  | { readonly kind: 'change'; readonly thaw: Thaw; readonly from: 'current' | 'best' }
  | { readonly kind: 'end' };

/** The blocks that learn when a phase begins. */
export function firstThaw({ unfreezing, trainableBlocks }: TrainingPhase): Thaw {
  const all = trainableBlocks.length;
  const blocks = unfreezing.kind === 'atOnce' ? all : Math.min(all, unfreezing.start);
  return { blocks, since: 0, grown: false, refused: false };
}

/** How many blocks, from the head, ever learn together in a phase, in the order in which it gets there. */
export function thawCounts(phase: TrainingPhase): readonly number[] {
  const { blocks } = firstThaw(phase);
  return Array.from({ length: phase.trainableBlocks.length - blocks + 1 }, (_, index) => blocks + index);
}

/** Smallest fall of the watched loss, as a fraction of it, that makes an epoch the best one so far. */
export function leastImprovement({ unfreezing }: TrainingPhase): number {
  return unfreezing.kind === 'performance' ? unfreezing.improvement : 0;
}

/**
 * Decides after an epoch. `epoch`: the next one; `best`: the epoch that watched best, null where nobody watches. Null: all
 * stays as it is. Everything follows from the arguments, so that a resumed run decides alike.
 */
export function decideThaw(
  phase: TrainingPhase,
  thaw: Thaw,
  epoch: number,
  best: { readonly epoch: number } | null,
): ThawChange | null {
  const { unfreezing } = phase;
  const all = phase.trainableBlocks.length;
  if (unfreezing.kind === 'atOnce') return null;
  if (unfreezing.kind === 'schedule') {
    const blocks = Math.min(all, unfreezing.start + Math.floor(epoch / unfreezing.every));
    if (blocks <= thaw.blocks) return null;
    return { kind: 'change', from: 'current', thaw: { ...thaw, blocks, since: epoch, grown: true } };
  }
  if (best === null) return null;
  const waited = epoch - Math.max(best.epoch + 1, thaw.since);
  if (waited < unfreezing.patience) return null;
  if (thaw.grown && best.epoch < thaw.since) {
    const back = { blocks: thaw.blocks - 1, since: epoch, grown: false, refused: true };
    return { kind: 'change', from: 'best', thaw: back };
  }
  if (thaw.refused || thaw.blocks === all) return { kind: 'end' };
  const next = { blocks: thaw.blocks + 1, since: epoch, grown: true, refused: false };
  return { kind: 'change', from: 'best', thaw: next };
}

/**
 * Whether a phase ends early: no better epoch for `patience` epochs, counted anew from each change of what learns, and
 * not before everything that is to learn does.
 */
export function isStale(
  phase: TrainingPhase,
  thaw: Thaw,
  epoch: number,
  watched: { readonly best: { readonly epoch: number } | null; readonly patience: number | null },
): boolean {
  const { best, patience } = watched;
  if (patience === null || best === null || phase.unfreezing.kind === 'performance') return false;
  if (thaw.blocks < phase.trainableBlocks.length) return false;
  return epoch - Math.max(best.epoch + 1, thaw.since) >= patience;
}

/** Epochs without improvement after which a phase ends, by its own rule or the recipe's; null: never. */
export function patienceOf({ stopping }: TrainingPhase, ofRecipe: number | null): number | null {
  if (stopping.kind === 'recipe') return ofRecipe;
  return stopping.kind === 'never' ? null : stopping.epochs;
}
