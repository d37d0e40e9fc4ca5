import { expect, test } from 'vitest';
import { type Recipe, recipe } from '../../../shared/contract/recipe.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import {
  defaultRecipe,
  onBackbone,
  type RecipeFacts,
  withDeeperPhase,
} from '../../../shared/domain/recipes.ts';

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

test('a deeper phase goes two blocks further down, is kept only if better, and brings images that watch', () => {
  const made = recipe.parse(defaultRecipe('hybrid', { ...facts, blocks: ['a', 'b', 'c', 'd', 'e'] }));
  const deeper = withDeeperPhase(made, ['a', 'b', 'c', 'd', 'e'])!;
  expect(recipe.parse(deeper)).toEqual(deeper);
  expect(deeper.phases.at(-1)).toMatchObject({
    trainableBlocks: ['b', 'c', 'd', 'e'],
    keep: { kind: 'ifBetter' },
  });
  expect(deeper.earlyStopping.holdOut).toBeGreaterThan(0);
  const all = withDeeperPhase(deeper, ['a', 'b', 'c', 'd', 'e'])!;
  expect(all.phases.at(-1)!.trainableBlocks).toHaveLength(5);
  expect(withDeeperPhase(all, ['a', 'b', 'c', 'd', 'e'])).toBeNull();
  expect(withDeeperPhase(recipe.parse(defaultRecipe('scratch', facts)), facts.blocks)).toBeNull();
});

test('a recipe stored before phases had an order of their own means what it meant', () => {
  const { cachePrecision, ...stored } = defaultRecipe('hybrid', facts);
  const phases = stored.phases.map(({ unfreezing, stopping, mixing, probe, keep, ...phase }) => phase);
  expect(recipe.parse({ ...stored, phases })).toEqual(recipe.parse(defaultRecipe('hybrid', facts)));
});

test('on another network as many of its own last blocks learn, and all where all did', () => {
  const to = { from: facts.blocks, id: 'mine' as BackboneId };
  const learning = (made: Recipe, blocks: readonly string[]) => {
    const moved = recipe.parse(onBackbone(made, { ...to, blocks }));
    expect(moved.backbone).toBe('mine');
    return moved.phases.map((phase) => phase.trainableBlocks);
  };
  const hybrid = recipe.parse(defaultRecipe('hybrid', facts));
  expect(learning(hybrid, ['a', 'b', 'c', 'd', 'e'])).toEqual([[], ['d', 'e']]);
  expect(learning(hybrid, ['a'])).toEqual([[], ['a']]);
  const all = hybrid.phases.map((phase) => ({ ...phase, trainableBlocks: [...facts.blocks] }));
  expect(learning({ ...hybrid, phases: all }, ['a', 'b', 'c', 'd', 'e'])[0]).toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
});
