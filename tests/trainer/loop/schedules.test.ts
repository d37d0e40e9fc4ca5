import { describe, expect, it } from 'vitest';
import { heldRate, isAveraged } from '../../../main/trainer/loop/averaging.ts';
import { afterEpoch, noPlateau, rateAt } from '../../../main/trainer/loop/schedule.ts';
import { type TrainingPhase, trainingPhase } from '../../../shared/contract/recipe.ts';
import { ruleFixture } from '../support/fixtures.ts';

const STEPS = 40;

function phaseOf(change: Partial<TrainingPhase>): TrainingPhase {
  return trainingPhase.parse({
    name: 'head',
    trainableBlocks: [],
    epochs: 8,
    learningRate: 1,
    backboneFactor: 1,
    blockDecay: 1,
    weightDecay: 0,
    schedule: 'constant',
    warmUp: 0,
    ...change,
  });
}

describe('schedules agree with torch.optim.lr_scheduler', () => {
  it.each<readonly [string, Partial<TrainingPhase>]>([
    ['constant', { schedule: 'constant', warmUp: 0.1 }],
    ['cosine', { schedule: 'cosine', warmUp: 0.1 }],
    ['cosine-cold', { schedule: 'cosine' }],
    ['step', { schedule: 'step', drop: { factor: 0.3, epochs: 2 } }],
    ['oneCycle', { schedule: 'oneCycle', warmUp: 0.25 }],
    ['slantedTriangular', { schedule: 'slantedTriangular', warmUp: 0.1 }],
  ])('%s', (name, change) => {
    const expected = ruleFixture(`schedule/${name}`).data;
    expect(expected).toHaveLength(STEPS);
    for (let step = 0; step < STEPS; step++)
      expect(rateAt(phaseOf(change), step, STEPS), `step ${step}`).toBeCloseTo(expected[step]!, 6);
  });

  it('plateau', () => {
    const phase = phaseOf({ schedule: 'plateau', drop: { factor: 0.5, epochs: 2 } });
    let plateau = noPlateau;
    const rates = [...ruleFixture('schedule/plateau/losses').data].map((loss) => {
      plateau = afterEpoch(phase, plateau, loss);
      return rateAt(phase, 0, 1, plateau.dropped);
    });
    expect(rates).toEqual([...ruleFixture('schedule/plateau/rates').data]);
    expect(new Set(rates).size).toBeGreaterThan(2);
  });

  it('stay finite and positive for the shortest phases and any warm-up', () => {
    for (const schedule of [
      'cosine',
      'constant',
      'oneCycle',
      'slantedTriangular',
      'step',
      'plateau',
    ] as const)
      for (const warmUp of [0, 0.1, 0.5, 1])
        for (const steps of [1, 2, 3, 7])
          for (let step = 0; step < steps; step++) {
            const rate = rateAt(phaseOf({ schedule, warmUp, epochs: 1 }), step, steps);
            const label = `${schedule} ${warmUp} ${step}/${steps}`;
            expect(rate, label).toBeGreaterThan(0);
            expect(rate, label).toBeLessThanOrEqual(1);
          }
  });
});

it('equal averaging begins in time to average something, and holds its rate from there on', () => {
  const swa = { kind: 'swa', start: 0.75, rate: 0.5 } as const;
  expect([0, 1, 2, 3].map((epoch) => isAveraged(swa, epoch, 4))).toEqual([false, false, false, true]);
  expect([2, 3].map((epoch) => heldRate(swa, epoch, 4))).toEqual([null, 0.5]);
  expect(isAveraged(swa, 0, 1)).toBe(true);
  expect(isAveraged({ kind: 'ema', decay: 0.9, warmUp: 'none' }, 0, 4)).toBe(true);
  expect(isAveraged(null, 3, 4)).toBe(false);
});
