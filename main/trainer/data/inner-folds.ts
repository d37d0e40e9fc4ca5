import { createRandom } from '../../../shared/domain/random.ts';
import { groupsOf, type HoldOutItem } from './hold-out.ts';

/**
 * Divides images into parts for a choice inside a training fold: whole groups, each class as evenly as groups allow. Gives
 * the part of each image, 0 to `parts` − 1; fewer parts where there are fewer groups.
 */
export function innerFolds(items: readonly HoldOutItem[], parts: number, seed: number): readonly number[] {
  const groups = groupsOf(items);
  const count = Math.min(parts, groups.length);
  const sizes = new Array<number>(count).fill(0);
  const labels = sizes.map(() => new Map<number, number>());
  const folds = new Array<number>(items.length).fill(0);
  const shuffled = createRandom(seed).shuffle(groups);
  // The largest first: what is small fills up what they left uneven. The sort is stable, so the seed decides ties.
  for (const members of shuffled.sort((one, other) => other.length - one.length)) {
    const own = members.flatMap((position) => items[position]!.labels);
    const crowd = labels.map((held) => own.reduce((sum, label) => sum + (held.get(label) ?? 0), 0));
    let fold = 0;
    for (let other = 1; other < count; other++) {
      const difference = crowd[other]! - crowd[fold]! || sizes[other]! - sizes[fold]!;
      if (difference < 0) fold = other;
    }
    for (const position of members) folds[position] = fold;
    sizes[fold]! += members.length;
    for (const label of own) labels[fold]!.set(label, (labels[fold]!.get(label) ?? 0) + 1);
  }
  return folds;
}
