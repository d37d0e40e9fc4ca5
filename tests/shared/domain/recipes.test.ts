import { expect, test } from 'vitest';
import { recipe } from '../../../shared/contract/recipe.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { defaultRecipe, type RecipeFacts } from '../../../shared/domain/recipes.ts';

const facts: RecipeFacts = {
  images: 250,
  classes: 5,
  task: 'singleLabel',
  backbone: 'efficientnet_lite0' as BackboneId,
  blocks: ['stem', 'stage0', 'stage1', 'head'],
};

test.each(['featureExtraction', 'fineTuning', 'hybrid', 'scratch'] as const)(
  'the default recipe of %s is one the contract takes, and trains the last blocks only',
  (strategy) => {
    const made = recipe.parse(defaultRecipe(strategy, facts));
    expect(made.backbone).toBe(strategy === 'scratch' ? null : 'efficientnet_lite0');
    for (const phase of made.phases) {
      const wanted = phase.name === 'fineTuning' ? ['stage1', 'head'] : [];
      expect(phase.trainableBlocks).toEqual(wanted);
    }
  },
);

test('hybrid is feature extraction first; then the backbone learns more slowly than the head ever did', () => {
  const { phases } = defaultRecipe('hybrid', facts);
  expect(phases.map((phase) => phase.name)).toEqual(['head', 'fineTuning']);
  const [head, tuning] = phases;
  expect(tuning!.learningRate * tuning!.backboneFactor).toBeLessThanOrEqual(head!.learningRate / 4);
});

test('small sets learn whole, large ones spare a part to stop early', () => {
  expect(defaultRecipe('hybrid', facts).earlyStopping).toEqual({ patience: null, holdOut: 0 });
  expect(defaultRecipe('hybrid', { ...facts, images: 5000 }).earlyStopping).toEqual({
    patience: 8,
    holdOut: 0.1,
  });
});
