import type { Averaging } from '../../../shared/contract/recipe.ts';

/** Where a step stands in its phase. */
export interface StepPosition {
  /** Number of the step in its phase, from 1. */
  readonly step: number;
  readonly epoch: number;
  /** Epoch in which the present weights began to learn together; step is counted from there. */
  readonly since: number;
  readonly epochs: number;
  readonly isLastOfEpoch: boolean;
}

/**
 * How far the running average moves towards the weights of a step. The first step sets it, as in
 * torch.optim.swa_utils.AveragedModel. `ema`: by 1 − decay; with `ramp` the decay is at most (1 + n) ÷ (10 + n) after n
 * updates (TensorFlow's ExponentialMovingAverage); with `biasCorrection` by (1 − d) ÷ (1 − dᵗ), which is the average that
 * starts from zero divided by its weight (Adam's correction). `swa`: the equal mean of the weights at the ends of epochs
 * (Izmailov et al. 2018).
 */
export function averageRate(averaging: Averaging, at: StepPosition): number {
  if (averaging.kind === 'swa') {
    const first = Math.max(firstAveraged(averaging, at.epochs), at.since);
    return at.isLastOfEpoch && at.epoch >= first ? 1 / (at.epoch - first + 1) : 0;
  }
  if (at.step === 1) return 1;
  const { decay, warmUp } = averaging;
  if (warmUp === 'biasCorrection') return (1 - decay) / (1 - decay ** at.step);
  const updates = at.step - 1;
  return 1 - (warmUp === 'ramp' ? Math.min(decay, (1 + updates) / (10 + updates)) : decay);
}

/** Whether the average stands for the weights at the end of an epoch. */
export function isAveraged(averaging: Averaging | null, epoch: number, epochs: number): boolean {
  if (averaging === null) return false;
  return averaging.kind === 'ema' || epoch >= firstAveraged(averaging, epochs);
}

/** Part of the peak at which the rate stays while weights are averaged; null: the schedule holds. */
export function heldRate(averaging: Averaging | null, epoch: number, epochs: number): number | null {
  return averaging?.kind === 'swa' && isAveraged(averaging, epoch, epochs) ? averaging.rate : null;
}

function firstAveraged(averaging: Extract<Averaging, { kind: 'swa' }>, epochs: number): number {
  return Math.min(epochs - 1, Math.floor(averaging.start * epochs));
}
