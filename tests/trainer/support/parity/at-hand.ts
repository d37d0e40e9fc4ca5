import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { executors } from '../../../../main/trainer/executors/catalogue.ts';
import type { Executor } from '../../../../main/trainer/executors/types.ts';
import type { ExecutorId, Remedy } from '../../../../shared/contract/executor.ts';
import { reasonText } from '../../../../shared/domain/executor-reasons.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** Where this checkout's setup commands put the libraries of executors. */
export const libraryFolders = [join(root, '.enxerto', 'runtimes')];

const remedies: Readonly<Partial<Record<Remedy, string>>> = {
  setupOpenvino: 'npm run setup:openvino',
  setupTensorflow: 'npm run setup:tensorflow',
  setupTensorflowCuda: 'npm run setup:tensorflow -- --cuda',
  setupCuda: 'npm run setup:cuda',
};

/** An executor of the catalogue, or why its tests are skipped on this machine. */
export type AtHand =
  | { readonly executor: Executor; readonly skipped: '' }
  | { readonly executor: null; readonly skipped: string };

/** Loads an executor where its libraries are; otherwise says what would make its tests run. */
export async function executorAtHand(id: ExecutorId): Promise<AtHand> {
  const description = executors.find((each) => each.id === id);
  if (!description) throw new Error(`The catalogue has no executor "${id}".`);
  const conditions = { libraries: libraryFolders, threads: availableParallelism() };
  const found = await description.detect(conditions);
  if (found.available) return { executor: await description.load(conditions), skipped: '' };
  // Libraries that are there and do not load are a failure, not a machine without them.
  if (found.code === 'notLoadable') throw new Error(reasonText(found.reason, 'en'));
  const remedy = remedies[found.remedy];
  const why = found.code === 'notInstalled' ? 'is not set up' : `cannot be used here (${found.code})`;
  return {
    executor: null,
    skipped: ` (skipped: ${description.title} ${why}${remedy ? ` (${remedy})` : ''})`,
  };
}
