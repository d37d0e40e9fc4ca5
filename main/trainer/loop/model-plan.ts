import { StudioError } from '../../../shared/domain/errors.ts';
import { deriveSeed } from '../../../shared/domain/random.ts';
import { holdOut } from '../data/hold-out.ts';
import type { RunSetup } from './run-setup.ts';

/** One of a run's models: tested on a fold, or (`fold` null) trained on everything. */
export interface ModelPlan {
  readonly model: number;
  readonly fold: number | null;
  readonly training: readonly number[];
  readonly watching: readonly number[];
  readonly tested: readonly number[];
}

/** Which images learn, watch and are tested in a model; throws TOO_FEW_IMAGES where nothing can be learned from them. */
export function planModel(setup: RunSetup, model: number, fold: number | null): ModelPlan {
  const { images, recipe, task } = setup.manifest;
  const usable = images.flatMap((_, index) => (setup.failed.has(index) ? [] : [index]));
  const learning = usable.filter((index) => fold === null || images[index]!.fold !== fold);
  const tested = fold === null ? [] : usable.filter((index) => images[index]!.fold === fold);
  const classes = new Set(learning.flatMap((index) => images[index]!.labels)).size;
  if (learning.length < 2 || (task === 'singleLabel' && classes < 2)) {
    throw new StudioError(
      'TOO_FEW_IMAGES',
      `Only ${learning.length} readable images of ${classes} classes are left to learn from: at least two of different classes are needed.`,
      { images: learning.length, classes },
    );
  }
  const held = holdOut(
    learning.map((index) => images[index]!),
    recipe.earlyStopping.holdOut,
    modelSeed(setup, fold),
  );
  return {
    model,
    fold,
    training: held.training.map((position) => learning[position]!),
    watching: held.watching.map((position) => learning[position]!),
    tested,
  };
}

/** Seed of everything random in a model. */
export function modelSeed({ manifest }: RunSetup, fold: number | null): number {
  return deriveSeed(manifest.recipe.seed, `model ${fold ?? 'final'}`);
}
