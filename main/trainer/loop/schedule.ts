import type { TrainingPhase } from '../../../shared/contract/recipe.ts';

/**
 * Learning rate of the head at a step. `step`: from 0; `steps`: of the whole phase, > 0. Rises linearly over the
 * warm-up, then stays or follows half a cosine to zero (Loshchilov & Hutter 2017, without restarts).
 */
export function rateAt(phase: TrainingPhase, step: number, steps: number): number {
  const warm = Math.round(phase.warmUp * steps);
  if (step < warm) return (phase.learningRate * (step + 1)) / (warm + 1);
  if (phase.schedule === 'constant') return phase.learningRate;
  const progress = (step - warm) / Math.max(1, steps - warm);
  return (phase.learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
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
