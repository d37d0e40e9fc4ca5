import type { ReadableDb } from '../db/types.ts';
import { listRuns, type StoredRun } from '../stores/runs.ts';
import { haveSameLabels } from '../stores/snapshots.ts';
import { meanAndDeviation } from '../validation/metrics.ts';

/** Fewest seeds whose spread says something. */
const ENOUGH_SEEDS = 3;

/** Accuracy of one recipe with several seeds, in percent: mean, and standard deviation in points. */
export type AcrossSeeds = { readonly seeds: number; readonly mean: number; readonly deviation: number };

/**
 * What a training and its repetitions come to: finished runs with the same labels that differ in their seeds alone, the
 * newest of each seed. Null where there are fewer than three seeds.
 */
export function acrossSeeds(db: ReadableDb, run: StoredRun): AcrossSeeds | null {
  const wanted = seedless(run);
  const bySeed = new Map<number, number>();
  for (const other of [run, ...listRuns(db)]) {
    const accuracy = other.headline?.accuracy.value ?? null;
    const { seed } = other.recipe;
    if (other.state !== 'done' || accuracy === null || bySeed.has(seed)) continue;
    if (seedless(other) === wanted && haveSameLabels(db, run.snapshotId, other.snapshotId))
      bySeed.set(seed, accuracy);
  }
  const { mean, deviation } = meanAndDeviation([...bySeed.values()]);
  if (bySeed.size < ENOUGH_SEEDS || mean === null || deviation === null) return null;
  const percent = (share: number) => Math.round(1000 * share) / 10;
  return { seeds: bySeed.size, mean: percent(mean), deviation: percent(deviation) };
}

/** How it was trained and tested, chance left out, as text that is equal where it is the same. */
function seedless({ recipe, evaluation }: StoredRun): string {
  return JSON.stringify([
    { ...recipe, seed: 0 },
    { ...evaluation, seed: 0 },
  ]);
}
