import { z } from 'zod';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { type RecipeNorms, usesBatchStatistics } from '../../../shared/domain/recipes.ts';
import type { PhaseState } from './phase-run.ts';

/**
 * How many images go through the network at a time, and how many such parts make one step. The product is the
 * recipe's and never changes in a run; the parts get smaller where memory is short.
 */
export const batching = z.object({ batch: z.int().min(1), accumulation: z.int().min(1) });
export type Batching = z.infer<typeof batching>;

/** As the recipe wants it. */
export function fullBatching({
  batchSize,
  accumulation,
}: Pick<Recipe, 'batchSize' | 'accumulation'>): Batching {
  return { batch: batchSize, accumulation };
}

/** Fewest images at a time: the statistics of a single one say nothing about the others. */
export function leastBatch(recipe: RecipeNorms): number {
  return usesBatchStatistics(recipe) ? 2 : 1;
}

/**
 * Half as many images at a time (or the nearest smaller part that divides them evenly); null where these are fewer than
 * `least`.
 */
export function smallerBatching({ batch, accumulation }: Batching, least = 1): Batching | null {
  if (batch === 1) return null;
  let factor = 2;
  while (batch % factor !== 0) factor++;
  if (batch / factor < least) return null;
  return { batch: batch / factor, accumulation: accumulation * factor };
}

/**
 * What to go on with after so many processes in a row were ended for want of memory: less than the checkpoint tells, and
 * one part smaller for each of them, since none may have come as far as to a checkpoint. Null where there is no less.
 */
export function afterEnds(full: Batching, told: Batching, ends: number, least: number): Batching | null {
  let after: Batching | null = full;
  for (let end = 0; end < ends && after; end++) after = smallerBatching(after, least);
  const next = smallerBatching(told, least);
  if (!after || !next) return null;
  return after.batch < next.batch ? after : next;
}

/** The same place in an epoch, counted in other parts; between two parts of one size it is always between two of the other. */
export function inParts(state: PhaseState, from: Batching, to: Batching): PhaseState {
  const batch = state.position.batch * (from.batch / to.batch);
  return { ...state, position: { ...state.position, batch } };
}
