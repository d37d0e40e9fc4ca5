import { describe, expect, it } from 'vitest';
import { runPart } from '../../../renderer/features/training/run-part.ts';
import type { TrainerProgress } from '../../../shared/contract/trainer.ts';

const progress: TrainerProgress = {
  stage: 'training',
  fold: 0,
  model: 0,
  models: 4,
  phase: 0,
  phases: 2,
  phaseName: 'head',
  epoch: 0,
  epochs: 10,
  done: 0,
  total: 100,
  imagesPerSecond: null,
  secondsLeft: null,
  paused: false,
  trainableBlocks: [],
};

describe('how much of a run is behind it', () => {
  it('counts models, their phases, and images within a phase', () => {
    expect(runPart(progress)).toBe(0);
    expect(runPart({ ...progress, done: 50 })).toBeCloseTo(1 / 16);
    expect(runPart({ ...progress, model: 3, phase: 1, done: 100 })).toBe(1);
    expect(runPart({ ...progress, model: 1, stage: 'evaluating' })).toBe(0.5);
  });

  it('is that of the descriptions while they are computed, and unknown before', () => {
    expect(runPart({ ...progress, stage: 'features', done: 25 })).toBe(0.25);
    expect(runPart({ ...progress, stage: 'preparing' })).toBeNull();
  });
});
