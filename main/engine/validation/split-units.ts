/** What a split needs to know of an image. */
export type SplitItem = {
  readonly id: string;
  /** Class ids: exactly one in a single-label task, any number in a multi-label one. */
  readonly classIds: readonly string[];
  readonly contentHash: string;
  /** Patient, plant, plot…: images of one group never lie on both sides of a split. `null`: in no group. */
  readonly group: string | null;
};

/** Images that must stay together: a group, exact duplicates, or a chain of both. Usually one image. */
export type SplitUnit = {
  readonly items: readonly SplitItem[];
  /** How many of its images carry each class. */
  readonly classCounts: ReadonlyMap<string, number>;
};

/** Names the image that makes a split impossible, so that the caller can say which one to mend. */
export class SplitError extends Error {
  readonly code: 'repeatedImage' | 'badFoldCount' | 'badFraction' | 'notOneClass';
  readonly subject: string;

  constructor(code: SplitError['code'], subject: string, message: string) {
    super(message);
    this.name = 'SplitError';
    this.code = code;
    this.subject = subject;
  }
}

/**
 * Joins what must not be separated: images with one group key and images with one content hash, transitively
 * (a duplicate filed under two patients joins the two). Units come in the order of their first image.
 * Throws SplitError `repeatedImage` when an id occurs twice.
 */
export function joinUnits(items: readonly SplitItem[]): readonly SplitUnit[] {
  const parent = items.map((_, index) => index);
  const root = (index: number): number => {
    let top = index;
    while (parent[top] !== top) top = parent[top]!;
    for (let step = index; step !== top; ) {
      const next = parent[step]!;
      parent[step] = top;
      step = next;
    }
    return top;
  };
  const firstWith = new Map<string, number>();
  const ids = new Set<string>();
  items.forEach((item, index) => {
    if (ids.has(item.id)) throw new SplitError('repeatedImage', item.id, `Image ${item.id} is listed twice.`);
    ids.add(item.id);
    const keys = [`hash ${item.contentHash}`, ...(item.group === null ? [] : [`group ${item.group}`])];
    for (const key of keys) {
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, index);
      else {
        const [one, other] = [root(first), root(index)];
        parent[Math.max(one, other)] = Math.min(one, other);
      }
    }
  });
  const members = new Map<number, SplitItem[]>();
  items.forEach((item, index) => {
    const top = root(index);
    const list = members.get(top);
    if (list) list.push(item);
    else members.set(top, [item]);
  });
  return [...members.values()].map((list) => ({ items: list, classCounts: countClasses(list) }));
}

/** How many of the images carry each class, in order of first appearance. */
export function countClasses(items: readonly SplitItem[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    for (const classId of new Set(item.classIds)) counts.set(classId, (counts.get(classId) ?? 0) + 1);
  }
  return counts;
}

/** Images that have an exact copy among the others, for the note that says they were kept together. */
export function countDuplicates(items: readonly SplitItem[]): {
  readonly images: number;
  readonly sets: number;
} {
  const perHash = new Map<string, number>();
  for (const { contentHash } of items) perHash.set(contentHash, (perHash.get(contentHash) ?? 0) + 1);
  const sets = [...perHash.values()].filter((count) => count > 1);
  return { images: sets.reduce((sum, count) => sum + count, 0), sets: sets.length };
}
