import type { Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { usesBatchStatistics } from '../../../shared/domain/recipes.ts';

/**
 * Refuses what a recipe asks for that contradicts the rest of it, before anything is computed. Throws BAD_REQUEST with
 * what to change.
 */
export function checkRecipe(recipe: Recipe): void {
  if (usesBatchStatistics(recipe)) checkStatistics(recipe);
  for (const [index, phase] of recipe.phases.entries()) {
    if (recipe.earlyStopping.holdOut === 0) checkWatched(phase);
    if (phase.probe.kind === 'crossValidated') checkProbe(recipe, phase, recipe.phases.slice(0, index));
  }
}

/** Batch normalisation by the batch: there must be one, and a normalisation apart. */
function checkStatistics({ backbone, batchSize, foldedBatchNorm }: Recipe): void {
  const reason =
    batchSize === 1
      ? 'one image at a time has no statistics of a batch. Choose 16 images a step or more, or another normalisation'
      : backbone !== null && foldedBatchNorm
        ? 'this recipe folds it into the convolutions, which leaves nothing to adapt. Choose one of the two'
        : null;
  if (reason === null) return;
  throw new StudioError('BAD_REQUEST', `Batch normalisation cannot go by the batch: ${reason}.`, {
    batch: batchSize,
  });
}

function checkWatched(phase: TrainingPhase): void {
  const needs = (what: string) =>
    refuse(
      `${what} is decided on images that watch, and this recipe sets none aside. Set "part that watches" (earlyStopping.holdOut) to 0.1 or more.`,
      phase,
    );
  if (phase.unfreezing.kind === 'performance')
    throw needs(`Whether phase "${phase.name}" thaws a further block`);
  if (phase.keep.kind === 'ifBetter') throw needs(`Whether phase "${phase.name}" is kept`);
}

function checkProbe(recipe: Recipe, phase: TrainingPhase, before: readonly TrainingPhase[]): void {
  const reason =
    recipe.backbone === null || phase.trainableBlocks.length > 0
      ? 'it belongs to a phase in which only the new part learns, on a pretrained network'
      : recipe.head.hidden !== null
        ? 'the new part has a hidden layer, and only a linear one has a single best solution'
        : recipe.loss.kind !== 'crossEntropy'
          ? 'the loss is not the cross-entropy, whose minimum alone is found for certain'
          : before.some((earlier) => earlier.trainableBlocks.length > 0)
            ? 'an earlier phase changes the pretrained blocks, so that features are no longer the ones computed once'
            : null;
  if (reason !== null) {
    throw refuse(
      `The penalty of phase "${phase.name}" cannot be chosen by cross-validation: ${reason}.`,
      phase,
    );
  }
}

function refuse(message: string, phase: TrainingPhase): StudioError {
  return new StudioError('BAD_REQUEST', message, { phase: phase.name });
}
