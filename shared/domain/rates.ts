/** What of a phase decides the course of its learning rate. */
interface Course {
  readonly schedule: 'cosine' | 'constant' | 'oneCycle' | 'slantedTriangular' | 'step' | 'plateau';
  readonly warmUp: number;
  readonly epochs: number;
  readonly drop: { readonly factor: number; readonly epochs: number };
}

/** torch's OneCycleLR: the first rate is the peak ÷ 25, the last one a ten-thousandth of the first. */
const ONE_CYCLE = { start: 25, end: 1e4 } as const;
/** ULMFiT's ratio of the highest to the lowest rate. */
const SLANT = 32;

/**
 * Learning rate at a step as part of its peak, above 0 and at most 1. `step`: from 0; `steps`: of the whole phase, > 0.
 * Each schedule equals its namesake of torch.optim.lr_scheduler: warm-up LinearLR, `cosine` CosineAnnealingLR (Loshchilov &
 * Hutter 2017, without restarts), `step` StepLR, `oneCycle` OneCycleLR with its defaults (Smith & Topin 2018);
 * `slantedTriangular` is the formula of ULMFiT (Howard & Ruder 2018). `plateau` stays where it is: its drops depend on
 * what is measured.
 */
export function rateCourse(phase: Course, step: number, steps: number): number {
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
