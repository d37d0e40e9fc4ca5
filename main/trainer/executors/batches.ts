import type { Executor } from './types.ts';

/** Rows of a run; always full, so that no value depends on how many images were missing. */
const ROWS = 8;
/** Where several runs are under way at once: what flows between layers of one image stays in a core's own cache. */
const ROWS_OF_LANE = 1;

/** How images are cut up for forward passes. */
export interface ForwardBatches {
  /** Images of a run. */
  readonly rows: number;
  /** Runs that the program does at once. */
  readonly lanes: number;
  /** Runs that are asked for at once: one waits, so that no lane stands still; a program without lanes takes one. */
  readonly asked: number;
}

export function forwardBatches(executor: Executor, threads: number): ForwardBatches {
  const lanes = executor.lanes?.(threads) ?? 1;
  return lanes > 1 ? { rows: ROWS_OF_LANE, lanes, asked: lanes + 1 } : { rows: ROWS, lanes, asked: 1 };
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
