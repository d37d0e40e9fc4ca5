import type { Random } from '../../../shared/domain/random.ts';
import { countClasses, type SplitUnit } from './split-units.ts';

/** Each part's share of the images; the shares sum to 1. */
export type Shares = readonly number[];

/** The units of each part, in the order of the shares. */
export type Parts = SplitUnit[][];

type Tally = {
  /** Images of each class wanted in each part. */
  readonly target: ReadonlyMap<string, readonly number[]>;
  /** Images of each class put into each part so far. */
  readonly placed: Map<string, number[]>;
  readonly size: number[];
  readonly sizeTarget: readonly number[];
  readonly parts: Parts;
};

const NEARLY_ZERO = 1e-9;

function startTally(units: readonly SplitUnit[], shares: Shares): Tally {
  const items = units.flatMap((unit) => unit.items);
  const totals = countClasses(items);
  return {
    target: new Map([...totals].map(([classId, total]) => [classId, shares.map((share) => share * total)])),
    placed: new Map([...totals.keys()].map((classId) => [classId, shares.map(() => 0)])),
    size: shares.map(() => 0),
    sizeTarget: shares.map((share) => share * items.length),
    parts: shares.map(() => []),
  };
}

function place(tally: Tally, unit: SplitUnit, part: number): void {
  tally.parts[part]!.push(unit);
  tally.size[part]! += unit.items.length;
  for (const [classId, count] of unit.classCounts) tally.placed.get(classId)![part]! += count;
}

/** Images still missing from a part: what breaks ties. */
const sizeDeficit = (tally: Tally, part: number): number => tally.sizeTarget[part]! - tally.size[part]!;

/** The part with the smallest badness; ties go to the part that lacks most images, then by the seeded order. */
function bestPart(tally: Tally, candidates: readonly number[], badness: (part: number) => number): number {
  let best = candidates[0]!;
  let bestBadness = badness(best);
  for (const part of candidates.slice(1)) {
    const now = badness(part);
    const tied = Math.abs(now - bestBadness) < NEARLY_ZERO;
    if (tied ? sizeDeficit(tally, part) > sizeDeficit(tally, best) + NEARLY_ZERO : now < bestBadness) {
      best = part;
      bestBadness = now;
    }
  }
  return best;
}

/**
 * How much worse the class proportions get when the unit goes to a part: the sum over its classes of the change
 * in the root mean square distance from the target. Classes outside the unit do not change.
 */
function addedImbalance(tally: Tally, unit: SplitUnit, part: number): number {
  let added = 0;
  for (const [classId, count] of unit.classCounts) {
    const target = tally.target.get(classId)!;
    const placed = tally.placed.get(classId)!;
    let before = 0;
    let total = 0;
    for (let index = 0; index < target.length; index++) {
      before += (placed[index]! - target[index]!) ** 2;
      total += target[index]!;
    }
    const gap = placed[part]! - target[part]!;
    const after = before - gap ** 2 + (gap + count) ** 2;
    added += (Math.sqrt(Math.max(0, after)) - Math.sqrt(before)) / total;
  }
  return added;
}

/** Spread of a unit's class counts: units of many images of one class are the hardest to place, so they go first. */
function spread(unit: SplitUnit, classes: number): number {
  let sum = 0;
  let squares = 0;
  for (const count of unit.classCounts.values()) {
    sum += count;
    squares += count ** 2;
  }
  return squares / classes - (sum / classes) ** 2;
}

/**
 * Parts with the class proportions of the whole, for images of one class each. Units of several images go first,
 * greedily, as in scikit-learn's StratifiedGroupKFold; single images then even out what is left: each class
 * within one image of its share, and the sizes of the parts as near to theirs as that allows.
 */
export function stratifySingleLabel(units: readonly SplitUnit[], shares: Shares, random: Random): Parts {
  const tally = startTally(units, shares);
  const order = random.shuffle(shares.map((_, part) => part));
  const shuffled = random.shuffle(units);
  const several = shuffled.filter((unit) => unit.items.length > 1);
  const spreads = new Map(several.map((unit) => [unit, spread(unit, tally.target.size)]));
  several.sort((one, other) => spreads.get(other)! - spreads.get(one)!);
  for (const unit of several) {
    place(
      tally,
      unit,
      bestPart(tally, order, (part) => addedImbalance(tally, unit, part)),
    );
  }
  placeSingles(
    tally,
    shuffled.filter((unit) => unit.items.length === 1),
    order,
  );
  return tally.parts;
}

/** First each class's whole share, then what is left of all classes where most images are missing. */
function placeSingles(tally: Tally, singles: readonly SplitUnit[], order: readonly number[]): void {
  const byClass = new Map<string, SplitUnit[]>();
  for (const unit of singles) {
    const classId = unit.items[0]!.classIds[0]!;
    const list = byClass.get(classId);
    if (list) list.push(unit);
    else byClass.set(classId, [unit]);
  }
  const leftovers: { readonly units: SplitUnit[]; readonly open: readonly number[] }[] = [];
  for (const [classId, units] of byClass) {
    const wanted = wantedOfClass(tally, classId, units.length);
    const rest = [...units];
    wanted.forEach((count, part) => {
      for (const unit of rest.splice(0, Math.floor(count + NEARLY_ZERO))) place(tally, unit, part);
    });
    const open = order.filter(
      (part) => wanted[part]! - Math.floor(wanted[part]! + NEARLY_ZERO) > NEARLY_ZERO,
    );
    leftovers.push({ units: rest, open });
  }
  for (const { units, open } of leftovers) {
    let free = open;
    for (const unit of units) {
      const part = bestPart(tally, free, () => 0);
      place(tally, unit, part);
      free = free.filter((other) => other !== part);
    }
  }
}

/** What each part lacks of a class, scaled so that it sums to the images at hand (groups may have overfilled one). */
function wantedOfClass(tally: Tally, classId: string, available: number): readonly number[] {
  const placed = tally.placed.get(classId)!;
  const lacking = tally.target.get(classId)!.map((count, part) => Math.max(0, count - placed[part]!));
  const total = lacking.reduce((sum, count) => sum + count, 0);
  return lacking.map((count) => (count / total) * available);
}

/**
 * Parts with each label's proportions, for images of any number of labels: iterative stratification (Sechidis,
 * Tsoumakas & Vlahavas 2011), extended to units. The rarest label still to place goes first, each time to the
 * part that lacks most of it.
 */
export function stratifyMultiLabel(units: readonly SplitUnit[], shares: Shares, random: Random): Parts {
  const tally = startTally(units, shares);
  const order = random.shuffle(shares.map((_, part) => part));
  const waiting = new Set(random.shuffle(units));
  for (;;) {
    const classId = rarestClass(waiting);
    if (classId === null) break;
    const holders = [...waiting].filter((unit) => unit.classCounts.has(classId));
    holders.sort((one, other) => other.classCounts.get(classId)! - one.classCounts.get(classId)!);
    for (const unit of holders) {
      const lack = (part: number) => tally.placed.get(classId)![part]! - tally.target.get(classId)![part]!;
      place(tally, unit, bestPart(tally, order, lack));
      waiting.delete(unit);
    }
  }
  for (const unit of [...waiting].sort((one, other) => other.items.length - one.items.length)) {
    place(
      tally,
      unit,
      bestPart(tally, order, () => 0),
    );
  }
  return tally.parts;
}

function rarestClass(units: Iterable<SplitUnit>): string | null {
  const counts = new Map<string, number>();
  for (const unit of units) {
    for (const [classId, count] of unit.classCounts) counts.set(classId, (counts.get(classId) ?? 0) + count);
  }
  let rarest: string | null = null;
  for (const [classId, count] of counts) {
    if (rarest === null || count < counts.get(rarest)!) rarest = classId;
  }
  return rarest;
}
