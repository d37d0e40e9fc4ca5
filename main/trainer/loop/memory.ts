import { StudioError } from '../../../shared/domain/errors.ts';
import { type RecipeNorms, usesBatchStatistics } from '../../../shared/domain/recipes.ts';
import type { Reporter } from '../jobs/reporter.ts';
import { type Batching, leastBatch } from './batching.ts';

/** Says in the run's log that memory was short and what was done about it. */
export function tellSmaller(
  reporter: Reporter,
  recipe: RecipeNorms,
  { before, after }: { readonly before: Batching; readonly after: Batching },
): void {
  const params = { before: before.batch, after: after.batch, step: after.batch * after.accumulation };
  const [code, consequence] = usesBatchStatistics(recipe)
    ? [
        'TRAIN_SMALLER_STATISTICS',
        'but batch normalisation goes by fewer images at a time than the recipe says',
      ]
    : ['TRAIN_SMALLER_BATCH', 'so what is learned is the same'];
  reporter.send({
    type: 'log',
    level: 'warning',
    code,
    message: `Not enough memory for ${before.batch} images at a time: going on with ${after.batch}. A step is still made of ${params.step} images, ${consequence}; it takes longer.`,
    params,
  });
}

/** Says in a job's log that memory was short where nothing is learned: what is computed stays the same. */
export function tellSmallerPass(reporter: Reporter, before: number, after: number): void {
  reporter.send({
    type: 'log',
    level: 'warning',
    code: 'SMALLER_PASS',
    message: `Not enough memory for ${before} images at a time: going on with ${after}. The results are the same; it takes longer.`,
    params: { before, after },
  });
}

/** Not even the fewest images at a time fit; `first`: how many this process began with. */
export function noMemoryForOne(recipe: RecipeNorms, first: number, cause?: unknown): StudioError {
  const fewest = leastBatch(recipe);
  const batch =
    fewest === 1
      ? 'even one image at a time'
      : 'even the two images at a time that batch normalisation needs when it goes by the batch';
  return new StudioError(
    'OUT_OF_MEMORY',
    `There is not enough memory to train with ${batch}. Close other programs and go on, or train anew with a smaller image size or with fewer blocks that learn.`,
    { fewest, first },
    { cause },
  );
}
