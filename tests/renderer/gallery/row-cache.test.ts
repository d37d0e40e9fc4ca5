import { describe, expect, it } from 'vitest';
import {
  type FetchRows,
  keptRows,
  pageSize,
  RowCache,
} from '../../../renderer/features/gallery/row-cache.ts';
import type { ImageRow } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { row } from './rows.ts';

interface Asked {
  readonly ids: readonly ImageId[];
  readonly signal: AbortSignal;
  readonly answer: (rows?: readonly ImageRow[]) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

const list = (length: number, first = 1): readonly ImageId[] =>
  Array.from({ length }, (_, index) => (first + index) as ImageId);

function setup(order = list(200 * pageSize)) {
  const asked: Asked[] = [];
  const errors: unknown[] = [];
  const fetch: FetchRows = (ids, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly ImageRow[]>();
    const settled = () =>
      promise.then(
        () => undefined,
        () => undefined,
      );
    asked.push({
      ids,
      signal,
      answer: async (rows = ids.map((id) => row(id))) => {
        resolve(rows);
        await settled();
      },
      fail: async (error) => {
        reject(error);
        await settled();
      },
    });
    return promise;
  };
  const cache = new RowCache(fetch, (error) => errors.push(error));
  cache.setOrder(order);
  return { asked, errors, cache };
}

describe('the rows of a long list', () => {
  it('asks for what is on screen, once', async () => {
    const { asked, cache } = setup();
    cache.show(0, 50);
    cache.show(10, 60);
    expect(asked.map(({ ids }) => ids[0])).toEqual([1]);
    expect(cache.row(3)).toBeNull();
    await asked[0]?.answer();
    expect(cache.row(3)?.id).toBe(4);
    cache.show(20, 70);
    expect(asked).toHaveLength(1);
  });

  it('drops requests for what has scrolled away, and asks again on the way back', async () => {
    const { asked, cache } = setup();
    cache.show(0, 10);
    cache.show(50 * pageSize, 50 * pageSize + 10);
    expect(asked[0]?.signal.aborted).toBe(true);
    await asked[0]?.answer();
    expect(cache.row(0)).toBeNull();
    cache.show(0, 10);
    expect(asked.map(({ ids }) => ids[0])).toEqual([1, 50 * pageSize + 1, 1]);
  });

  it('holds the same number of rows however far one scrolls', async () => {
    const { asked, cache } = setup();
    for (let page = 0; page < 200; page += 1) {
      cache.show(page * pageSize, page * pageSize + 20);
      await asked.at(-1)?.answer();
    }
    expect(cache.size).toBeLessThanOrEqual(keptRows + pageSize);
    expect(cache.row(199 * pageSize)?.id).toBe(199 * pageSize + 1);
  });

  it('keeps old rows on screen until the new ones are here', async () => {
    const { asked, cache } = setup();
    cache.show(0, 10);
    await asked[0]?.answer([row(1), row(2)]);
    cache.refresh();
    expect(cache.row(0)?.classIds).toEqual([]);
    await asked[1]?.answer([row(1, [7]), row(2)]);
    expect(cache.row(0)?.classIds).toEqual([7]);
  });

  it('shows a label at once and is not put back by an answer from before', async () => {
    const { asked, cache } = setup(list(2));
    cache.show(0, 1);
    await asked[0]?.answer();
    cache.refresh();
    cache.patch(new Set([1 as ImageId]), () => row(1, [3]));
    expect(cache.row(0)?.classIds).toEqual([3]);
    await asked[1]?.answer([row(1), row(2)]);
    expect(cache.row(0)?.classIds).toEqual([3]);
    await asked[2]?.answer([row(1, [3]), row(2)]);
    expect(cache.row(0)?.classIds).toEqual([3]);
    expect(cache.row(1)?.classIds).toEqual([]);
  });

  it('asks again for what changed while the answer was on its way', async () => {
    const { asked, cache } = setup(list(2));
    cache.show(0, 1);
    cache.refresh();
    expect(asked).toHaveLength(1);
    await asked[0]?.answer();
    expect(asked).toHaveLength(2);
    await asked[1]?.answer([row(1, [9]), row(2)]);
    expect(cache.row(0)?.classIds).toEqual([9]);
  });

  it('shows what is known in a new order at once and asks only for the rest', async () => {
    const { asked, cache } = setup(list(3));
    cache.show(0, 2);
    await asked[0]?.answer();
    cache.setOrder([3, 1].map((id) => id as ImageId));
    expect(cache.row(0)?.id).toBe(3);
    expect(cache.row(2)).toBeNull();
    expect(asked).toHaveLength(1);
    cache.setOrder([4, 3].map((id) => id as ImageId));
    expect(asked.at(-1)?.ids).toEqual([4, 3]);
    expect(cache.row(0)).toBeNull();
  });

  it('says a failure once and asks again when it is looked at again', async () => {
    const { asked, errors, cache } = setup();
    cache.show(0, 10);
    await asked[0]?.fail(new Error('no disk'));
    expect(errors).toHaveLength(1);
    cache.show(0, 10);
    await asked[1]?.answer();
    expect(cache.row(0)?.id).toBe(1);
  });

  it('tells when something has come', async () => {
    const { asked, cache } = setup();
    let times = 0;
    cache.subscribe(() => {
      times += 1;
    });
    cache.show(0, 10);
    const before = cache.version();
    await asked[0]?.answer();
    expect(times).toBe(1);
    expect(cache.version()).toBeGreaterThan(before);
  });
});
