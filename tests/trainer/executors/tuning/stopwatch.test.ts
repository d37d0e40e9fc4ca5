import { afterEach, describe, expect, it, vi } from 'vitest';
import { SHORTEST_MS, shortestOf } from '../../../../main/trainer/executors/tuning/stopwatch.ts';

afterEach(() => vi.restoreAllMocks());

/** Time that passes only in work, shown by a clock that moves `tick` milliseconds at a time. */
function clock(tick: number): (milliseconds: number) => () => Promise<void> {
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(time / tick) * tick);
  return (milliseconds) => async () => {
    time += milliseconds;
  };
}

const never = () => false;

describe('the shortest run', () => {
  it('is one of those behind the first', async () => {
    const taking = clock(1);
    const took = [50, 9, 7, 8].map(taking);
    expect(await shortestOf(() => took.shift()!(), { runs: 3, isEnough: never })).toBe(7);
  });

  it('is infinite where the first was enough', async () => {
    const work = clock(1)(50);
    expect(await shortestOf(work, { runs: 3, isEnough: ({ took }) => took > 10 })).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('is their mean, and never nothing, where the clock stands still for longer than a run', async () => {
    const taking = clock(20);
    const mean = await shortestOf(taking(7), { runs: 10, isEnough: never });
    expect(mean).toBeGreaterThan(5);
    expect(mean).toBeLessThan(9);
    expect(await shortestOf(taking(0), { runs: 3, isEnough: never })).toBe(SHORTEST_MS);
  });
});
