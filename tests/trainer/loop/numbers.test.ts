import { expect, test } from 'vitest';
import { floatTensor, intsTensor } from '../../../main/trainer/graph/tensor.ts';
import { readSafetensors, writeSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { blockFactors, rateAt } from '../../../main/trainer/loop/schedule.ts';
import {
  imageWeightsOf,
  isRight,
  lossOf,
  lossOfAnswer,
  probabilitiesOf,
  type Targets,
} from '../../../main/trainer/loop/targets.ts';
import { type TrainingPhase, trainingPhase } from '../../../shared/contract/recipe.ts';

const phase: TrainingPhase = trainingPhase.parse({
  name: 'head',
  trainableBlocks: [],
  epochs: 10,
  learningRate: 1,
  backboneFactor: 0.1,
  blockDecay: 0.5,
  weightDecay: 0,
  schedule: 'cosine',
  warmUp: 0.1,
});

test('the rate rises over the warm-up, then follows half a cosine to nearly zero', () => {
  const rates = Array.from({ length: 100 }, (_, step) => rateAt(phase, step, 100));
  expect(rates[0]).toBeCloseTo(1 / 11, 10);
  expect(rates[10]).toBe(1);
  expect(rates[55]).toBeCloseTo(0.5, 10);
  expect(rates[99]).toBeGreaterThan(0);
  expect(rates[99]).toBeLessThan(1e-3);
  expect(Math.max(...rates)).toBe(1);
  expect(rateAt({ ...phase, schedule: 'constant' }, 99, 100)).toBe(1);
  expect(rateAt({ ...phase, warmUp: 0 }, 0, 1)).toBe(1);
});

test('blocks further from the head learn more slowly', () => {
  expect([...blockFactors(phase, ['a', 'b', 'c'])]).toEqual([
    ['a', 0.025],
    ['b', 0.05],
    ['c', 0.1],
  ]);
});

const single: Targets = {
  classes: 2,
  task: 'singleLabel',
  rows: Float32Array.from([1, 0, 1, 0, 1, 0, 0, 1]),
};
const several: Targets = { ...single, task: 'multiLabel' };

test('balanced classes weigh alike; for several labels the weights are in the loss', () => {
  const balanced = { labelSmoothing: 0, classWeights: 'balanced', loss: { kind: 'crossEntropy' } } as const;
  const weights = imageWeightsOf(single, [0, 1, 2, 3], balanced);
  expect([...weights]).toEqual([4 / 6, 4 / 6, 4 / 6, 2].map(Math.fround));
  expect(lossOf(single, [0, 1, 2, 3], balanced)).toEqual({ kind: 'cross-entropy', labelSmoothing: 0 });
  expect(lossOf(several, [0, 1, 2, 3], balanced)).toEqual({
    kind: 'binary-cross-entropy',
    positiveWeights: [1, 3],
  });
  expect([...imageWeightsOf(single, [0], { classWeights: 'none' })]).toEqual([1, 1, 1, 1]);
});

test('probabilities, losses and right answers, also for large logits', () => {
  expect(probabilitiesOf('singleLabel', [1000, 1000])).toEqual([0.5, 0.5]);
  expect(probabilitiesOf('multiLabel', [0, -1000])).toEqual([0.5, 0]);
  expect(lossOfAnswer('singleLabel', [0, 0], [1, 0])).toBeCloseTo(Math.LN2, 12);
  expect(lossOfAnswer('singleLabel', [1000, 0], [0, 1])).toBe(1000);
  expect(lossOfAnswer('multiLabel', [1000, 0], [0, 1])).toBeCloseTo((1000 + Math.LN2) / 2, 9);
  expect(isRight(single, [1, 2], [0, 1])).toBe(true);
  expect(isRight(single, [2, 1], [0, 1])).toBe(false);
  expect(isRight(several, [0.1, -0.1], [1, 0])).toBe(true);
  expect(isRight(several, [0.1, 0.1], [1, 0])).toBe(false);
});

test('tensors come back from safetensors bit by bit, and damaged files are named', () => {
  const tensors = new Map([
    ['w', floatTensor([2, 2], [1, Number.NaN, -0, 3e-45])],
    ['empty', floatTensor([0], [])],
    ['n', intsTensor([1, -2, 3])],
  ]);
  const file = writeSafetensors(tensors, { made: 'here' });
  expect(readSafetensors(file, 'x')).toEqual(tensors);
  expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
  for (const damaged of [file.subarray(0, 4), file.subarray(0, 60), file.subarray(0, file.length - 1)]) {
    expect(() => readSafetensors(damaged, 'weights.x')).toThrow(/weights\.x/);
  }
});
