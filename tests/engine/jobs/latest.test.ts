import { expect, onTestFinished, test, vi } from 'vitest';
import { Latest } from '../../../main/engine/jobs/latest.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function collect<T>(watch: AsyncGenerator<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const value of watch) seen.push(value);
  return seen;
}

test('who comes late gets the present state first, and the end once', async () => {
  const state = new Latest(0, 10);
  state.set(1);
  state.set(2);
  const seen = collect(state.watch());
  await sleep(30);
  state.set(3);
  state.finish();
  expect(await seen).toEqual([2, 3]);
  expect(await collect(state.watch())).toEqual([3]);
});

test('fast changes are thinned to the interval, and the newest is never lost', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const state = new Latest(0, 50);
  const seen = collect(state.watch());
  for (let value = 1; value <= 100; value++) {
    state.set(value);
    await vi.advanceTimersByTimeAsync(2);
  }
  state.finish();
  // Of 200 ms: the state found at first, then one every 50 ms, and the last one.
  expect(await seen).toEqual([0, 25, 50, 75, 100]);
});

test('a signal ends a watch that waits for a change', async () => {
  const state = new Latest('x');
  const abort = new AbortController();
  const seen = collect(state.watch(abort.signal));
  await sleep(20);
  abort.abort();
  expect(await seen).toEqual(['x']);
});
