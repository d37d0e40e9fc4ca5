import type { Executor } from './types.ts';

/** Rows of a run; always full, so that no value depends on how many images were missing. */
export const ROWS = 8;
/** Where several runs are under way at once: what flows between layers of one image stays in a core's own cache. */
const ROWS_OF_LANE = 1;

/** How images are cut up for forward passes. */
export interface ForwardBatches {
  /** Images of a run. */
  readonly rows: number;
  /** Runs that the program does at once. */
  readonly lanes: number;
}

/** What is fastest on an executor. */
export function forwardBatches(executor: Executor, threads: number): ForwardBatches {
  const lanes = executor.lanes?.(threads) ?? 1;
  return { rows: lanes > 1 ? ROWS_OF_LANE : ROWS, lanes };
}

/** What takes less memory; null where a single image goes through already. */
export function smallerBatches({ rows, lanes }: ForwardBatches): ForwardBatches | null {
  if (lanes > 1) return { rows, lanes: 1 };
  return rows > 1 ? { rows: Math.ceil(rows / 2), lanes } : null;
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
