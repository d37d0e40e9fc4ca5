import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { rateCourse } from '../../../shared/domain/rates.ts';

/**
 * Learning rate of the head at a step. `step`: from 0; `steps`: of the whole phase, > 0; `dropped`: what the plateau rule
 * has left of the rate, 1 at first.
 */
export function rateAt(phase: TrainingPhase, step: number, steps: number, dropped = 1): number {
  return phase.learningRate * dropped * rateCourse(phase, step, steps);
}

/** What the plateau rule remembers between epochs. */
export interface Plateau {
  /** Left of the rate. */
  readonly dropped: number;
  readonly best: number | null;
  /** Epochs since the best one or the last drop. */
  readonly stale: number;
}

/** Before the first epoch. */
export const noPlateau: Plateau = { dropped: 1, best: null, stale: 0 };

/** A loss must fall by this part of itself to count as lower, as in torch's ReduceLROnPlateau. */
const LEAST_GAIN = 1e-4;

/** The plateau rule after an epoch with this loss: torch's ReduceLROnPlateau with its defaults. */
export function afterEpoch(phase: TrainingPhase, plateau: Plateau, loss: number): Plateau {
  if (phase.schedule !== 'plateau') return plateau;
  const better = plateau.best === null || loss < plateau.best * (1 - LEAST_GAIN);
  const best = better ? loss : plateau.best;
  const stale = better ? 0 : plateau.stale + 1;
  return stale > phase.drop.epochs
    ? { dropped: plateau.dropped * phase.drop.factor, best, stale: 0 }
    : { dropped: plateau.dropped, best, stale };
}

/**
 * Factor of each trainable block's rate to the head's: the last block (nearest the head) learns at
 * `backboneFactor`, each one below it `blockDecay` times slower than the one above.
 * `blocks`: ids from the image to the head.
 */
export function blockFactors(phase: TrainingPhase, blocks: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    blocks.map((block, index) => [
      block,
      phase.backboneFactor * phase.blockDecay ** (blocks.length - 1 - index),
    ]),
  );
}
