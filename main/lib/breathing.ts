import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch of own work before other events get their turn; labels must be committed meanwhile. */
const sliceMs = 8;

/** Gives other events their turn where enough time has gone by since the last one; call it inside long loops. */
export function createBreath(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < sliceMs) return;
    await nextTurn();
    since = performance.now();
  };
}

/** Sorts by a key in slices with breaths in between: a folder of 100,000 names must not stop the loop. */
export async function sortInSlices<T>(items: readonly T[], keyOf: (item: T) => string): Promise<T[]> {
  const breathe = createBreath();
  let runs: Keyed<T>[][] = [];
  for (let start = 0; start < items.length; start += runLength) {
    const run = items.slice(start, start + runLength).map((item) => ({ key: keyOf(item), item }));
    runs.push(run.sort(byKey));
    await breathe();
  }
  while (runs.length > 1) {
    const merged: Keyed<T>[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(await merge(runs[index] ?? [], runs[index + 1] ?? [], breathe));
    }
    runs = merged;
  }
  return (runs[0] ?? []).map(({ item }) => item);
}

type Keyed<T> = { readonly key: string; readonly item: T };
const runLength = 4096;

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

async function merge<T>(
  left: readonly Keyed<T>[],
  right: readonly Keyed<T>[],
  breathe: () => Promise<void>,
): Promise<Keyed<T>[]> {
  const result: Keyed<T>[] = [];
  let from = 0;
  for (const item of left) {
    for (let next = right[from]; next && byKey(next, item) < 0; next = right[++from]) result.push(next);
    result.push(item);
    if (result.length % 1024 === 0) await breathe();
  }
  for (const item of right.slice(from)) result.push(item);
  return result;
}
