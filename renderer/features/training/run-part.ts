import type { TrainerProgress } from '../../../shared/contract/trainer.ts';

/** How much of the whole run is behind it, 0 to 1; while features are computed, how much of those. */
export function runPart(progress: TrainerProgress): number | null {
  const { stage, model, models, phase, phases, done, total } = progress;
  const share = total === 0 ? 0 : Math.min(done / total, 1);
  if (stage === 'features') return share;
  if (stage === 'preparing' || models === 0) return null;
  const inModel = stage === 'training' || stage === 'measuring' ? (phase + share) / Math.max(phases, 1) : 1;
  return Math.min((model + inModel) / models, 1);
}
