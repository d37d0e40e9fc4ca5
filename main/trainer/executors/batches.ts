import type { Executor } from './types.ts';

/** Rows of a run; always full, so that no value depends on how many images were missing. */
const ROWS = 8;
/** Where several runs are under way at once: what flows between layers of one image stays in a core's own cache. */
const ROWS_OF_LANE = 1;

/** How many images are cut up for forward passes: rows of a run, and runs at once. */
export function forwardBatches(
  executor: Executor,
  threads: number,
): { readonly rows: number; readonly lanes: number } {
  const lanes = executor.lanes?.(threads) ?? 1;
  return { rows: lanes > 1 ? ROWS_OF_LANE : ROWS, lanes };
}

/** Items in groups of `size`, the last one smaller. */
export async function* grouped<Item>(
  items: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
