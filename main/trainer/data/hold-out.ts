import { createRandom, deriveSeed } from '../../../shared/domain/random.ts';

/** What is needed of an image to set it aside fairly. */
export interface HoldOutItem {
  readonly labels: readonly number[];
  readonly group: string;
}

/** Positions of the images that learn and of those that watch. */
export interface HoldOut {
  readonly training: readonly number[];
  readonly watching: readonly number[];
}

/** Fewer watching images than this say nothing about when to stop. */
const FEWEST = 4;

/**
 * Sets a part of a training fold aside for early stopping: whole groups, each class in proportion as far as
 * groups allow, every class still learning. `fraction` 0…0.5; nobody watches where the set is too small.
 */
export function holdOut(items: readonly HoldOutItem[], fraction: number, seed: number): HoldOut {
  const everyone = items.map((_, position) => position);
  const wanted = Math.round(items.length * fraction);
  if (wanted < FEWEST) return { training: everyone, watching: [] };
  const random = createRandom(deriveSeed(seed, 'hold-out'));
  const groups = random.shuffle(groupsOf(items));
  const total = countLabels(items, everyone);
  const held = new Map<string, number>();
  const watching: number[] = [];
  for (const group of groups) {
    if (watching.length + group.length > wanted) continue;
    const counts = countLabels(items, group);
    // A class gives at most its share, rounded, and never its last images.
    const fits = [...counts].every(([label, count]) => {
      const all = total.get(label)!;
      const after = (held.get(label) ?? 0) + count;
      return after <= Math.max(1, Math.round(all * fraction)) && after < all;
    });
    if (!fits) continue;
    for (const [label, count] of counts) held.set(label, (held.get(label) ?? 0) + count);
    watching.push(...group);
  }
  if (watching.length < FEWEST) return { training: everyone, watching: [] };
  const set = new Set(watching);
  return {
    training: everyone.filter((position) => !set.has(position)),
    watching: watching.sort((a, b) => a - b),
  };
}

/** Positions of the members of each group, in the order in which the groups first occur. */
export function groupsOf(items: readonly HoldOutItem[]): number[][] {
  return [...Map.groupBy(items.keys(), (position) => items[position]!.group).values()];
}

/** Images without a label count as a class of their own, so that they are shared out too. */
function countLabels(items: readonly HoldOutItem[], positions: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const position of positions) {
    const { labels } = items[position]!;
    for (const label of labels.length > 0 ? labels : ['none']) {
      counts.set(String(label), (counts.get(String(label)) ?? 0) + 1);
    }
  }
  return counts;
}
