/**
 * Does `work` on items in order, ahead of the caller: `width()` items are under way or waiting to be taken, one at
 * least. The first failure is thrown in its turn.
 */
export async function* ahead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  width: () => number,
): AsyncGenerator<Result> {
  const waiting: Promise<Result>[] = [];
  for await (const item of items) {
    const working = work(item);
    // A failure is met when its turn comes, not as one that nobody waits for.
    working.catch(() => undefined);
    waiting.push(working);
    while (waiting.length > 0 && waiting.length >= width()) yield await waiting.shift()!;
  }
  while (waiting.length > 0) yield await waiting.shift()!;
}
