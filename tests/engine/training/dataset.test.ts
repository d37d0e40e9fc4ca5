import { expect, test } from 'vitest';
import type { LabeledImage } from '../../../main/engine/stores/snapshots.ts';
import { type Dataset, makeDataset, manifestImages } from '../../../main/engine/training/dataset.ts';
import type { Evaluation } from '../../../shared/contract/recipe.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';

const classes = ['healthy', 'rust', 'unused'].map((name, index) => ({ id: (index + 1) as ClassId, name }));
const kFold = (folds: number): Evaluation => ({ kind: 'kFold', folds, seed: 7 });

function image(id: number, labels: readonly number[], more: Partial<LabeledImage> = {}): LabeledImage {
  return {
    id: id as ImageId,
    path: `/photos/${id}.jpg`,
    sha256: `hash ${id}`,
    width: 10,
    height: 10,
    classIds: labels as ClassId[],
    group: null,
    statedFold: null,
    file: 'ok',
    ...more,
  };
}
const alternating = (count: number, more: (id: number) => Partial<LabeledImage> = () => ({})) =>
  Array.from({ length: count }, (_, index) => image(index + 1, [(index % 2) + 1], more(index + 1)));
const make = (images: readonly LabeledImage[], evaluation: Evaluation = kFold(5)): Dataset =>
  makeDataset('singleLabel', classes, images, evaluation);

test('every image is tested once, classes without images are left out, equal seeds give equal folds', () => {
  const dataset = make(alternating(50));
  expect(dataset.folds).toEqual([0, 1, 2, 3, 4]);
  expect(dataset.classes.map((each) => each.name)).toEqual(['healthy', 'rust']);
  const counts = new Map<number | null, number>();
  for (const fold of dataset.foldOf.values()) counts.set(fold, (counts.get(fold) ?? 0) + 1);
  expect([...counts.values()]).toEqual([10, 10, 10, 10, 10]);
  expect(make(alternating(50)).foldOf).toEqual(dataset.foldOf);
});

test('groups and exact copies never cross, and share the key that keeps a held-out part whole', () => {
  const images = alternating(40, (id) => ({
    ...(id <= 20 && { group: `plant ${id % 4}` }),
    ...(id > 30 && { sha256: `copy ${id % 2}` }),
  }));
  const dataset = make(images, kFold(3));
  const foldsOf = (pick: (each: LabeledImage) => string | null) => {
    const folds = new Map<string, Set<number | null>>();
    for (const each of images) {
      const key = pick(each);
      if (key === null) continue;
      folds.set(key, (folds.get(key) ?? new Set()).add(dataset.foldOf.get(each.id) ?? null));
    }
    return [...folds.values()].map((set) => set.size);
  };
  expect(Math.max(...foldsOf((each) => each.group))).toBe(1);
  expect(Math.max(...foldsOf((each) => each.sha256))).toBe(1);
  const units = manifestImages(dataset).filter((each) => images[each.id - 1]?.group === 'plant 1');
  expect(new Set(units.map((each) => each.group)).size).toBe(1);
});

test('images whose file changed, is missing or has no content yet are left out', () => {
  const dataset = make([
    ...alternating(10),
    image(91, [1], { file: 'changed' }),
    image(92, [1], { file: 'missing' }),
    image(93, [1], { sha256: null }),
    image(94, [1, 2]),
  ]);
  expect(dataset.images.map((each) => each.id)).not.toContain(91);
  expect(dataset.images).toHaveLength(10);
});

test('three images do not fail, and what could not be tested is said', () => {
  const dataset = make(alternating(3));
  expect(dataset.images).toHaveLength(3);
  expect(dataset.folds.length).toBeLessThanOrEqual(3);
  // Two images of two classes: whichever is tested, the other class alone was learned.
  const two = make(alternating(2));
  expect(two.folds).toEqual([]);
  expect([...two.foldOf.values()]).toEqual([null, null]);
  expect(two.report.notes.map((note) => note.code)).toContain('cannotValidate');
});

test('nothing to learn is refused by name', () => {
  expect(() => make([])).toThrowError(expect.objectContaining({ code: 'TOO_FEW_IMAGES' }));
  const one = [1, 2, 3].map((id) => image(id, [1]));
  expect(() => make(one)).toThrowError(
    expect.objectContaining({ code: 'ONE_CLASS', params: { name: 'healthy' } }),
  );
  expect(() => make(alternating(10), { kind: 'stated' })).toThrowError(
    expect.objectContaining({ code: 'BAD_REQUEST' }),
  );
});

test('a part held out is tested by one network, all other images are always trained on', () => {
  const dataset = make(alternating(40), { kind: 'holdOut', test: 0.25, seed: 1 });
  const folds = [...dataset.foldOf.values()];
  expect(dataset.folds).toEqual([0]);
  expect(folds.filter((fold) => fold === 0)).toHaveLength(10);
  expect(folds.filter((fold) => fold === null)).toHaveLength(30);
});

test('stated folds are kept; an image without one follows its copy, and one alone is only trained on', () => {
  const images = [
    ...alternating(20, (id) => ({ statedFold: id % 4 < 2 ? 3 : 8 })),
    image(21, [1], { sha256: 'hash 2' }),
    image(22, [2]),
  ];
  const dataset = make(images, { kind: 'stated' });
  expect(dataset.report.folds).toEqual(['3', '8']);
  expect(dataset.foldOf.get(1 as ImageId)).toBe(0);
  expect(dataset.foldOf.get(21 as ImageId)).toBe(dataset.foldOf.get(2 as ImageId));
  expect(dataset.foldOf.get(22 as ImageId)).toBeNull();
  expect(dataset.report.notes).toContainEqual({ code: 'withoutStatedFold', params: { images: 1 } });
});

test('several labels an image: all combinations are kept, also none', () => {
  const images = Array.from({ length: 24 }, (_, index) =>
    image(index + 1, [[], [1], [2], [1, 2]][index % 4] ?? []),
  );
  const dataset = makeDataset('multiLabel', classes, images, kFold(4));
  expect(manifestImages(dataset).map((each) => each.labels.length)).toEqual(
    images.map((each) => each.classIds.length),
  );
  expect(dataset.folds).toHaveLength(4);
});

test('the data’s fingerprint follows content, labels and folds, not the order or the place of files', () => {
  const images = alternating(20);
  const same = make(images).sha256;
  expect(make(images.map((each) => ({ ...each, path: `/moved/${each.id}.jpg` }))).sha256).toBe(same);
  const relabeled = images.map((each) => (each.id === 3 ? { ...each, classIds: [2 as ClassId] } : each));
  expect(make(relabeled).sha256).not.toBe(same);
  expect(make(images, kFold(4)).sha256).not.toBe(same);
});
