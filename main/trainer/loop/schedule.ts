import type { TrainingPhase } from '../../../shared/contract/recipe.ts';

/** torch's OneCycleLR: the first rate is the peak ÷ 25, the last one a ten-thousandth of the first. */
const ONE_CYCLE = { start: 25, end: 1e4 } as const;
/** ULMFiT's ratio of the highest to the lowest rate. */
const SLANT = 32;

/**
 * Learning rate of the head at a step. `step`: from 0; `steps`: of the whole phase, > 0; `dropped`: what the plateau rule
 * has left of the rate, 1 at first. Each schedule equals its namesake of torch.optim.lr_scheduler: warm-up LinearLR,
 * `cosine` CosineAnnealingLR (Loshchilov & Hutter 2017, without restarts), `step` StepLR, `oneCycle` OneCycleLR with its
 * defaults (Smith & Topin 2018), `slantedTriangular` the formula of ULMFiT (Howard & Ruder 2018).
 */
export function rateAt(phase: TrainingPhase, step: number, steps: number, dropped = 1): number {
  return phase.learningRate * dropped * course(phase, step, steps);
}

function course(phase: TrainingPhase, step: number, steps: number): number {
  if (phase.schedule === 'oneCycle') return oneCycle(phase.warmUp, step, steps);
  if (phase.schedule === 'slantedTriangular') return slantedTriangular(phase.warmUp, step, steps);
  const warm = Math.round(phase.warmUp * steps);
  if (step < warm) return (step + 1) / (warm + 1);
  if (phase.schedule === 'cosine') {
    const progress = (step - warm) / Math.max(1, steps - warm);
    return (1 + Math.cos(Math.PI * progress)) / 2;
  }
  if (phase.schedule === 'step') {
    const epoch = Math.floor((step * phase.epochs) / steps);
    return phase.drop.factor ** Math.floor(epoch / phase.drop.epochs);
  }
  return 1;
}

function oneCycle(rise: number, step: number, steps: number): number {
  const lowest = 1 / ONE_CYCLE.start;
  const end = lowest / ONE_CYCLE.end;
  const top = rise * steps - 1;
  if (top > 0 && step <= top) return halfCosine(lowest, 1, step / top);
  const from = Math.max(0, top);
  return halfCosine(1, end, (step - from) / Math.max(1, steps - 1 - from));
}

function halfCosine(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

function slantedTriangular(rise: number, step: number, steps: number): number {
  const cut = Math.floor(steps * rise);
  const height = step < cut ? step / cut : 1 - (step - cut) / (cut > 0 ? cut * (1 / rise - 1) : steps);
  return (1 + height * (SLANT - 1)) / SLANT;
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
