import type { Random } from '../../../shared/domain/random.ts';
import {
  countClasses,
  countDuplicates,
  joinUnits,
  SplitError,
  type SplitItem,
  type SplitUnit,
} from './split-units.ts';
import { type Parts, type Shares, stratifyMultiLabel, stratifySingleLabel } from './stratify.ts';

/** What a split did that its user should know: codes and numbers, put into words by whoever shows them. */
export type SplitNote =
  /** Exact copies were kept on one side. */
  | { readonly code: 'duplicatesTogether'; readonly images: number; readonly sets: number }
  /** There are fewer separable units (images, or groups of them) than folds asked for. */
  | { readonly code: 'fewerFolds'; readonly asked: number; readonly made: number }
  /** Not even two separable units: nothing can be held back, so nothing can be said about quality. */
  | { readonly code: 'cannotValidate' }
  /** Classes that some fold never tests, having fewer separable units than there are folds. */
  | { readonly code: 'classesInFewFolds'; readonly classIds: readonly string[] }
  /** Classes in one separable unit: when it is tested, training has not seen the class. */
  | { readonly code: 'classesNeverLearned'; readonly classIds: readonly string[] }
  /** A part that had to stay empty. */
  | { readonly code: 'emptyPart'; readonly part: PartName }
  /** Classes that are trained but absent from a part: it says nothing about them. */
  | { readonly code: 'classesMissing'; readonly part: PartName; readonly classIds: readonly string[] }
  /** The largest fold has more than one and a half times the images of the smallest, because groups are large. */
  | { readonly code: 'unevenFolds'; readonly smallest: number; readonly largest: number }
  /** Images whose stated fold was overruled because a copy or a member of their group lies elsewhere. */
  | { readonly code: 'statedFoldOverruled'; readonly ids: readonly string[] }
  /** Images without a stated fold: in no fold, neither trained on nor tested. */
  | { readonly code: 'withoutStatedFold'; readonly ids: readonly string[] };

/** How to split, common to all kinds. */
export type SplitOptions = {
  /** Whether images carry any number of classes (stratified label by label) or exactly one. */
  readonly multiLabel: boolean;
  /** All randomness; equal states give equal splits. */
  readonly random: Random;
};

/** Every image in exactly one fold; each fold is tested once by a model trained on the others. */
export type FoldSplit = {
  readonly foldCount: number;
  readonly foldOf: ReadonlyMap<string, number>;
  /** What the folds are called: 1, 2, 3… or the names in the user's column. */
  readonly foldNames: readonly string[];
  readonly notes: readonly SplitNote[];
};

/** The three parts of a single split. */
export type PartName = 'train' | 'validation' | 'test';

/** Every image in exactly one of train, validation and test. */
export type PartSplit = {
  readonly partOf: ReadonlyMap<string, PartName>;
  readonly notes: readonly SplitNote[];
};

/**
 * Stratified k folds. Groups and exact duplicates never cross; with fewer separable units than folds there are
 * as many folds as units. Throws SplitError for a fold count that is not a whole number of at least 2.
 */
export function kFold(items: readonly SplitItem[], folds: number, options: SplitOptions): FoldSplit {
  if (!Number.isInteger(folds) || folds < 2) {
    throw new SplitError(
      'badFoldCount',
      String(folds),
      `The number of folds must be 2 or more, not ${folds}.`,
    );
  }
  const units = prepare(items, options);
  const made = Math.max(1, Math.min(folds, units.length));
  const parts = stratify(units, new Array<number>(made).fill(1 / made), options);
  fillEmpty(parts, (donor) => donor);
  const notes: SplitNote[] = [...duplicateNotes(items)];
  if (units.length < 2) notes.push({ code: 'cannotValidate' });
  else if (made < folds) notes.push({ code: 'fewerFolds', asked: folds, made });
  return {
    foldCount: made,
    foldOf: assignment(parts, (part) => part),
    foldNames: parts.map((_, part) => String(part + 1)),
    notes: [...notes, ...foldNotes(parts, items)],
  };
}

/**
 * The folds of a column in the user's table, names in natural order. Images without a fold are left out; a
 * duplicate or group that the column tears apart goes whole to the fold that names most of it.
 */
export function statedFolds(
  items: readonly SplitItem[],
  stated: ReadonlyMap<string, string>,
  options: Pick<SplitOptions, 'multiLabel'>,
): FoldSplit {
  const listed = items.filter((item) => stated.has(item.id));
  const units = prepare(listed, options);
  const collator = new Intl.Collator('en', { numeric: true });
  const names = [...new Set(listed.map((item) => stated.get(item.id)!))].sort(collator.compare);
  const parts: Parts = names.map(() => []);
  const overruled: string[] = [];
  for (const unit of units) {
    const votes = names.map((name) => unit.items.filter((item) => stated.get(item.id) === name).length);
    const part = votes.indexOf(Math.max(...votes));
    parts[part]!.push(unit);
    overruled.push(
      ...unit.items.filter((item) => stated.get(item.id) !== names[part]).map((item) => item.id),
    );
  }
  const kept = names.filter((_, part) => parts[part]!.length > 0);
  const filled = parts.filter((part) => part.length > 0);
  const without = items.filter((item) => !stated.has(item.id)).map((item) => item.id);
  const notes: SplitNote[] = [...duplicateNotes(listed)];
  if (overruled.length > 0) notes.push({ code: 'statedFoldOverruled', ids: overruled });
  if (without.length > 0) notes.push({ code: 'withoutStatedFold', ids: without });
  if (filled.length < 2) notes.push({ code: 'cannotValidate' });
  return {
    foldCount: filled.length,
    foldOf: assignment(filled, (part) => part),
    foldNames: kept,
    notes: [...notes, ...foldNotes(filled, listed)],
  };
}

/**
 * One stratified split into train, validation and test. Shares are fractions of the images; what they leave is
 * for training, which never loses the last unit of a class: a class that training lacks could not be learned.
 */
export function trainValidationTest(
  items: readonly SplitItem[],
  shares: { readonly validation: number; readonly test: number },
  options: SplitOptions,
): PartSplit {
  const names = ['train', 'validation', 'test'] as const;
  const wanted = [1 - shares.validation - shares.test, shares.validation, shares.test];
  checkShares(wanted);
  const parts = stratify(prepare(items, options), wanted, options);
  keepEveryClassInFirst(parts);
  const asked = parts.filter((_, index) => wanted[index]! > 0);
  fillEmpty(asked, withoutLastOfClass);
  const notes: SplitNote[] = [...duplicateNotes(items)];
  names.forEach((part, index) => {
    if (wanted[index]! > 0) notes.push(...partNotes(part, parts[index]!, parts[0]!));
  });
  return { partOf: assignment(parts, (part) => names[part]!), notes };
}

function prepare(
  items: readonly SplitItem[],
  options: Pick<SplitOptions, 'multiLabel'>,
): readonly SplitUnit[] {
  const odd = options.multiLabel ? undefined : items.find((item) => item.classIds.length !== 1);
  if (odd) {
    const has = `${odd.classIds.length} classes where exactly one is needed`;
    throw new SplitError('notOneClass', odd.id, `Image ${odd.id} has ${has}.`);
  }
  return joinUnits(items);
}

function stratify(units: readonly SplitUnit[], shares: Shares, options: SplitOptions): Parts {
  return options.multiLabel
    ? stratifyMultiLabel(units, shares, options.random)
    : stratifySingleLabel(units, shares, options.random);
}

function checkShares(shares: Shares): void {
  if (shares.every((share) => share >= 0 && share <= 1) && shares[0]! > 0) return;
  throw new SplitError(
    'badFraction',
    shares.join(' / '),
    `The shares ${shares.join(' / ')} do not make a split.`,
  );
}

function assignment<T>(parts: Parts, name: (part: number) => T): ReadonlyMap<string, T> {
  const entries = parts.flatMap((units, part) =>
    units.flatMap((unit) => unit.items.map((item): [string, T] => [item.id, name(part)])),
  );
  return new Map(entries);
}

/** Moves back into the first part one unit of each class that it lost altogether (of the smallest that hold it). */
function keepEveryClassInFirst(parts: Parts): void {
  const [first, ...others] = parts as [SplitUnit[], ...Parts];
  const present = new Set(first.flatMap((unit) => [...unit.classCounts.keys()]));
  const wanted = new Set(others.flat().flatMap((unit) => [...unit.classCounts.keys()]));
  for (const classId of wanted) {
    if (present.has(classId)) continue;
    const holders = others.flat().filter((unit) => unit.classCounts.has(classId));
    const smallest = holders.reduce((best, unit) => (unit.items.length < best.items.length ? unit : best));
    const home = others.find((units) => units.includes(smallest))!;
    home.splice(home.indexOf(smallest), 1);
    first.push(smallest);
    for (const gained of smallest.classCounts.keys()) present.add(gained);
  }
}

/** Gives each empty part the smallest unit that a fuller part can spare, the part with most units first. */
function fillEmpty(parts: Parts, maySpare: (donor: readonly SplitUnit[]) => readonly SplitUnit[]): void {
  for (const units of parts) {
    if (units.length > 0) continue;
    const donors = parts.filter((other) => other.length > 1).sort((one, other) => other.length - one.length);
    for (const donor of donors) {
      const spare = maySpare(donor);
      if (spare.length === 0) continue;
      const smallest = spare.reduce((best, unit) => (unit.items.length < best.items.length ? unit : best));
      donor.splice(donor.indexOf(smallest), 1);
      units.push(smallest);
      break;
    }
  }
}

/** The units whose classes all occur in another unit of the same part too. */
function withoutLastOfClass(donor: readonly SplitUnit[]): readonly SplitUnit[] {
  const holders = new Map<string, number>();
  for (const unit of donor) {
    for (const classId of unit.classCounts.keys()) holders.set(classId, (holders.get(classId) ?? 0) + 1);
  }
  return donor.filter((unit) => [...unit.classCounts.keys()].every((classId) => holders.get(classId)! > 1));
}

function duplicateNotes(items: readonly SplitItem[]): readonly SplitNote[] {
  const { images, sets } = countDuplicates(items);
  return sets > 0 ? [{ code: 'duplicatesTogether', images, sets }] : [];
}

function partNotes(
  part: PartName,
  units: readonly SplitUnit[],
  train: readonly SplitUnit[],
): readonly SplitNote[] {
  if (units.length === 0) return [{ code: 'emptyPart', part }];
  const here = new Set(units.flatMap((unit) => [...unit.classCounts.keys()]));
  const trained = countClasses(train.flatMap((unit) => unit.items));
  const classIds = [...trained.keys()].filter((classId) => !here.has(classId));
  return classIds.length > 0 ? [{ code: 'classesMissing', part, classIds }] : [];
}

function foldNotes(parts: Parts, items: readonly SplitItem[]): readonly SplitNote[] {
  if (parts.length < 2) return [];
  const notes: SplitNote[] = [];
  const units = parts.flat();
  const classIds = [...countClasses(items).keys()];
  const unitCount = (classId: string) => units.filter((unit) => unit.classCounts.has(classId)).length;
  const inFew = classIds.filter((classId) => unitCount(classId) < parts.length);
  if (inFew.length > 0) notes.push({ code: 'classesInFewFolds', classIds: inFew });
  const inOnePart = classIds.filter(
    (classId) => parts.filter((part) => part.some((unit) => unit.classCounts.has(classId))).length === 1,
  );
  if (inOnePart.length > 0) notes.push({ code: 'classesNeverLearned', classIds: inOnePart });
  const sizes = parts.map((part) => part.reduce((sum, unit) => sum + unit.items.length, 0));
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  if (largest > 1.5 * smallest && largest - smallest > 1)
    notes.push({ code: 'unevenFolds', smallest, largest });
  return notes;
}
