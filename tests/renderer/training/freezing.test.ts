import { describe, expect, it } from 'vitest';
import {
  blockRate,
  firstTrainable,
  freezingPhase,
  learningShare,
  rateCurve,
  withFirstTrainable,
} from '../../../renderer/features/training/freezing.ts';
import {
  type BackboneBlock,
  type Recipe,
  recipe as recipeSchema,
  type TrainingPhase,
  trainingPhase,
} from '../../../shared/contract/recipe.ts';
import { noAugmentation } from '../../../shared/domain/augmentation.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';

const blocks: readonly BackboneBlock[] = ['stem', 'low', 'middle', 'top'].map((id, index) => ({
  id,
  parameters: 10 ** index,
  multiplyAdds: 1,
  level: 'initial',
}));
const head: TrainingPhase = trainingPhase.parse({
  name: 'head',
  trainableBlocks: [],
  epochs: 40,
  learningRate: 1e-3,
  backboneFactor: 0,
  blockDecay: 1,
  weightDecay: 0.01,
  schedule: 'cosine',
  warmUp: 0.1,
});
const recipe: Recipe = recipeSchema.parse({
  strategy: 'featureExtraction',
  backbone: 'tiny' as BackboneId,
  shape: 'aspect',
  size: null,
  features: 'last',
  head: { hidden: null, dropout: 0.2 },
  phases: [head],
  batchSize: 16,
  labelSmoothing: 0,
  classWeights: 'none',
  clipNorm: null,
  augmentation: { ...noAugmentation, flipHorizontal: true, views: 2 },
  earlyStopping: { patience: 5, holdOut: 0.15 },
  foldedBatchNorm: false,
  seed: 1,
});

describe('freezing', () => {
  it('thaws blocks from the top, and turns feature extraction into the hybrid', () => {
    const thawed = withFirstTrainable(recipe, blocks, 2, null);
    expect(thawed.strategy).toBe('hybrid');
    expect(freezingPhase(thawed)?.trainableBlocks).toEqual(['middle', 'top']);
    expect(firstTrainable(thawed, blocks)).toBe(2);
    expect(thawed.phases[0]).toEqual(head);
  });

  it('freezing everything again gives the recipe of feature extraction', () => {
    const thawed = withFirstTrainable(recipe, blocks, 1, null);
    expect(withFirstTrainable(thawed, blocks, blocks.length, null)).toEqual(recipe);
  });

  it('keeps the other numbers of an edited phase, and uses the template for a new one', () => {
    const template: TrainingPhase = { ...head, name: 'fineTuning', epochs: 7, learningRate: 2e-4 };
    const thawed = withFirstTrainable(recipe, blocks, 3, template);
    expect(freezingPhase(thawed)).toMatchObject({ epochs: 7, learningRate: 2e-4, trainableBlocks: ['top'] });
    const edited = { ...thawed, phases: thawed.phases.map((phase) => ({ ...phase, epochs: 3 })) };
    expect(freezingPhase(withFirstTrainable(edited, blocks, 0, template))?.epochs).toBe(3);
  });

  it('slows each block further down', () => {
    const phase = { ...head, trainableBlocks: ['middle', 'top'], backboneFactor: 0.1, blockDecay: 0.5 };
    expect(blocks.map((_, index) => blockRate(phase, blocks, index))).toEqual([0, 0, 0.05, 0.1]);
  });

  it('counts the share of parameters that learn', () => {
    expect(learningShare(blocks, 3)).toBeCloseTo(1000 / 1111, 10);
    expect(learningShare(blocks, 4)).toBe(0);
  });

  it('draws the warm-up and the cosine', () => {
    const curve = rateCurve(head, 101);
    expect(curve[0]).toBeCloseTo(0, 2);
    expect(curve[10]).toBeCloseTo(1, 10);
    expect(curve[55]).toBeCloseTo(0.5, 3);
    expect(curve[100]).toBeCloseTo(0, 5);
    expect(rateCurve({ ...head, schedule: 'constant', warmUp: 0 }, 3)).toEqual([1, 1, 1]);
  });
});
