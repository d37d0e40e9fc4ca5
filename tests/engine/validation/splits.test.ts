import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SplitError, type SplitItem } from '../../../main/engine/validation/split-units.ts';
import {
  type FoldSplit,
  kFold,
  statedFolds,
  trainValidationTest,
} from '../../../main/engine/validation/splits.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { readReference } from './references.ts';

const single = (seed: number) => ({ multiLabel: false, random: createRandom(seed) });
const several = (seed: number) => ({ multiLabel: true, random: createRandom(seed) });
const image = (
  index: number,
  classId: string,
  group: string | null = null,
  hash = `h${index}`,
): SplitItem => ({
  id: `image ${index}`,
  classIds: [classId],
  contentHash: hash,
  group,
});
const codes = (split: { notes: readonly { code: string }[] }) => split.notes.map((note) => note.code);
const tally = (values: Iterable<number | string>) => {
  const counts = new Map<number | string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** Up to 60 images in up to 5 classes, some copies, some in groups. */
const anyItems = fc
  .array(
    fc.record({
      classId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      group: fc.option(fc.constantFrom('p', 'q', 'r', 's', 't', 'u'), { freq: 2 }),
      copyOf: fc.option(fc.nat(9), { freq: 8 }),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map((row, index) =>
      image(index, row.classId, row.group, row.copyOf === null ? `h${index}` : `c${row.copyOf}`),
    ),
  );
const ungrouped = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 80 })
  .map((classIds) => classIds.map((classId, index) => image(index, classId)));
const seeds = fc.nat(1_000_000);

function expectNothingCrosses(items: readonly SplitItem[], sideOf: (id: string) => unknown): void {
  const seen = new Map<string, unknown>();
  for (const item of items) {
    for (const key of [`hash ${item.contentHash}`, ...(item.group === null ? [] : [`group ${item.group}`])]) {
      const side = sideOf(item.id);
      expect(side).not.toBeUndefined();
      if (seen.has(key)) expect(seen.get(key)).toBe(side);
      seen.set(key, side);
    }
  }
}

describe('k folds', () => {
  it('put every image in one fold, with no group and no copy on two sides', () => {
    fc.assert(
      fc.property(anyItems, fc.integer({ min: 2, max: 7 }), seeds, (items, folds, seed) => {
        const split = kFold(items, folds, single(seed));
        expect([...split.foldOf.keys()].sort()).toEqual(items.map((item) => item.id).sort());
        expectNothingCrosses(items, (id) => split.foldOf.get(id));
        expect(split.foldNames).toHaveLength(split.foldCount);
        if (items.length > 0) expect(new Set(split.foldOf.values()).size).toBe(split.foldCount);
        if (split.foldCount < folds) {
          expect(codes(split).some((code) => code === 'fewerFolds' || code === 'cannotValidate')).toBe(true);
        }
      }),
    );
  });

  it('keep each class and each fold within one image where images stand alone', () => {
    fc.assert(
      fc.property(ungrouped, fc.integer({ min: 2, max: 7 }), seeds, (items, folds, seed) => {
        const split = kFold(items, folds, single(seed));
        const sizes = tally(split.foldOf.values());
        expect(Math.max(...sizes.values()) - Math.min(...sizes.values())).toBeLessThanOrEqual(1);
        for (const classId of new Set(items.flatMap((item) => item.classIds))) {
          const members = items.filter((item) => item.classIds[0] === classId);
          const counts = tally(members.map((item) => split.foldOf.get(item.id)!));
          const perFold = Array.from({ length: split.foldCount }, (_, fold) => counts.get(fold) ?? 0);
          expect(Math.max(...perFold) - Math.min(...perFold)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('depend on the seed and on nothing else', () => {
    const items = Array.from({ length: 60 }, (_, index) => image(index, index % 3 === 0 ? 'a' : 'b'));
    const folds = (seed: number) => [...kFold(items, 5, single(seed)).foldOf].sort().flat();
    expect(folds(4)).toEqual(folds(4));
    expect(folds(4)).not.toEqual(folds(5));
  });

  it('do not care that the images come sorted by class', () => {
    const items = Array.from({ length: 100 }, (_, index) => image(index, index < 90 ? 'common' : 'rare'));
    const split = kFold(items, 5, single(1));
    for (let fold = 0; fold < 5; fold++) {
      const tested = items.filter((item) => split.foldOf.get(item.id) === fold);
      expect(tally(tested.map((item) => item.classIds[0]!))).toEqual(
        new Map([
          ['common', 18],
          ['rare', 2],
        ]),
      );
    }
  });

  it('join groups that a copy links', () => {
    const items = [
      image(0, 'a', 'p', 'same'),
      image(1, 'a', 'q', 'same'),
      image(2, 'b', 'q'),
      image(3, 'b', 'r'),
    ];
    const split = kFold(items, 2, single(1));
    expect(new Set([0, 1, 2].map((index) => split.foldOf.get(`image ${index}`))).size).toBe(1);
    expect(split.notes).toContainEqual({ code: 'duplicatesTogether', images: 2, sets: 1 });
  });

  it('work with three images, with one a class, and with one at all', () => {
    const three = kFold([image(0, 'a'), image(1, 'b'), image(2, 'c')], 5, single(1));
    expect(three.foldCount).toBe(3);
    expect(three.notes).toContainEqual({ code: 'fewerFolds', asked: 5, made: 3 });
    expect(three.notes).toContainEqual({ code: 'classesNeverLearned', classIds: ['a', 'b', 'c'] });
    const one = kFold([image(0, 'a')], 5, single(1));
    expect([one.foldCount, codes(one)]).toEqual([1, ['cannotValidate']]);
    expect(kFold([], 5, single(1)).foldOf.size).toBe(0);
  });

  it('say which classes are rarer than the folds are many and when groups make folds uneven', () => {
    const rare = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => image(index, index < 2 ? 'rare' : 'common'));
    expect(kFold(rare, 4, single(1)).notes).toContainEqual({ code: 'classesInFewFolds', classIds: ['rare'] });
    const big = Array.from({ length: 12 }, (_, index) => image(index, 'a', index < 9 ? 'big' : null));
    expect(codes(kFold(big, 3, single(1)))).toContain('unevenFolds');
  });

  it('refuse a wrong number of folds, a repeated image and an image of two classes', () => {
    const items = [image(0, 'a'), image(1, 'b')];
    for (const folds of [0, 1, 2.5, Number.NaN])
      expect(() => kFold(items, folds, single(1))).toThrow(SplitError);
    expect(() => kFold([image(0, 'a'), image(0, 'a')], 2, single(1))).toThrow(/image 0 is listed twice/);
    expect(() => kFold([{ ...image(0, 'a'), classIds: ['a', 'b'] }], 2, single(1))).toThrow(
      /image 0 has 2 classes/,
    );
  });

  it('split 20,000 images in less than a second of processor time', () => {
    const random = createRandom(1);
    const items = Array.from({ length: 20_000 }, (_, index) =>
      image(index, `class ${random.below(20)}`, index % 3 === 0 ? `group ${random.below(2_000)}` : null),
    );
    const before = process.cpuUsage();
    kFold(items, 5, single(1));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000);
  });
});

describe('folds against scikit-learn', () => {
  type Case = {
    classes: number[];
    groups: number[];
    folds: number;
    classDeviation: number;
    sizeDeviation: number;
  };
  const fixture = readReference<{ cases: Case[] }>('group-folds.json');

  const deviations = (split: FoldSplit, items: readonly SplitItem[]) => {
    const classIds = [...new Set(items.map((item) => item.classIds[0]!))];
    const shares = classIds.map((classId) => {
      const members = items.filter((item) => item.classIds[0] === classId);
      const counts = tally(members.map((item) => split.foldOf.get(item.id)!));
      const perFold = Array.from(
        { length: split.foldCount },
        (_, fold) => (counts.get(fold) ?? 0) / members.length,
      );
      return Math.sqrt(
        perFold.reduce((sum, share) => sum + (share - 1 / split.foldCount) ** 2, 0) / perFold.length,
      );
    });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  };

  it('stratify groups as evenly as StratifiedGroupKFold does', () => {
    expect(fixture.cases.length).toBeGreaterThan(5);
    let ours = 0;
    let theirs = 0;
    for (const { classes, groups, folds, classDeviation } of fixture.cases) {
      const items = classes.map((value, index) => image(index, `class ${value}`, `group ${groups[index]}`));
      let sum = 0;
      for (let seed = 0; seed < 5; seed++) sum += deviations(kFold(items, folds, single(seed)), items) / 5;
      ours += sum;
      theirs += classDeviation;
      expect(sum).toBeLessThan(classDeviation * 1.25 + 0.01);
    }
    expect(ours).toBeLessThan(theirs * 1.05);
  });
});

describe('folds for several labels an image', () => {
  const labelled = fc
    .array(fc.subarray(['a', 'b', 'c', 'd']), { minLength: 12, maxLength: 80 })
    .map((rows) => rows.map((classIds, index): SplitItem => ({ ...image(index, ''), classIds })));

  it('spread every label evenly and put every image in one fold', () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 2, max: 5 }), seeds, (items, folds, seed) => {
        const split = kFold(items, folds, several(seed));
        expect(split.foldOf.size).toBe(items.length);
        for (const classId of ['a', 'b', 'c', 'd']) {
          const members = items.filter((item) => item.classIds.includes(classId));
          const counts = tally(members.map((item) => split.foldOf.get(item.id)!));
          for (let fold = 0; fold < split.foldCount; fold++) {
            // A label placed early is exact within one; later ones pay for the earlier ones' images.
            expect(Math.abs((counts.get(fold) ?? 0) - members.length / split.foldCount)).toBeLessThanOrEqual(
              5,
            );
          }
        }
      }),
    );
  });

  it('keep the rarest label within one image of its share', () => {
    const items = Array.from(
      { length: 100 },
      (_, index): SplitItem => ({
        ...image(index, ''),
        classIds: [
          ...(index % 10 === 0 ? ['rare'] : []),
          ...(index % 2 === 0 ? ['even'] : []),
          ...(index < 70 ? ['low'] : []),
        ],
      }),
    );
    const split = kFold(items, 5, several(3));
    for (const [classId, share, slack] of [
      ['rare', 2, 0],
      ['even', 10, 1],
      ['low', 14, 1],
    ] as const) {
      const counts = tally(
        items.filter((item) => item.classIds.includes(classId)).map((item) => split.foldOf.get(item.id)!),
      );
      for (const count of counts.values()) expect(Math.abs(count - share)).toBeLessThanOrEqual(slack);
    }
  });

  it('keep groups whole', () => {
    fc.assert(
      fc.property(anyItems, seeds, (items, seed) => {
        const split = kFold(items, 3, several(seed));
        expectNothingCrosses(items, (id) => split.foldOf.get(id));
      }),
    );
  });
});

describe('train, validation and test', () => {
  const shares = { validation: 0.15, test: 0.15 };

  it('hold each image once, keep groups and copies together and every class in training', () => {
    fc.assert(
      fc.property(anyItems, seeds, (items, seed) => {
        const { partOf } = trainValidationTest(items, shares, single(seed));
        expect(partOf.size).toBe(items.length);
        expectNothingCrosses(items, (id) => partOf.get(id));
        const trained = new Set(
          items.filter((item) => partOf.get(item.id) === 'train').flatMap((i) => i.classIds),
        );
        for (const item of items) expect(trained.has(item.classIds[0]!)).toBe(true);
      }),
    );
  });

  it('have the sizes asked for, class by class', () => {
    const items = Array.from({ length: 200 }, (_, index) =>
      image(index, index % 4 === 0 ? 'rare' : 'common'),
    );
    const { partOf, notes } = trainValidationTest(items, shares, single(9));
    expect(tally(partOf.values())).toEqual(
      new Map([
        ['train', 140],
        ['validation', 30],
        ['test', 30],
      ]),
    );
    for (const part of ['validation', 'test'] as const) {
      const rare = items.filter((item) => item.classIds[0] === 'rare' && partOf.get(item.id) === part).length;
      expect([7, 8]).toContain(rare);
    }
    expect(notes).toEqual([]);
  });

  it('leave a part empty rather than test what was never learned, and say so', () => {
    const { partOf, notes } = trainValidationTest(
      [image(0, 'a'), image(1, 'b'), image(2, 'c')],
      shares,
      single(1),
    );
    expect(new Set(partOf.values())).toEqual(new Set(['train']));
    expect(notes).toEqual([
      { code: 'emptyPart', part: 'validation' },
      { code: 'emptyPart', part: 'test' },
    ]);
    expect(() => trainValidationTest([], { validation: 0.5, test: 0.6 }, single(1))).toThrow(SplitError);
  });

  it('name classes that the test part lacks', () => {
    const items = Array.from({ length: 21 }, (_, index) => image(index, index === 0 ? 'lone' : 'many'));
    const { notes } = trainValidationTest(items, shares, single(1));
    expect(notes).toContainEqual({ code: 'classesMissing', part: 'test', classIds: ['lone'] });
  });
});

describe('stated folds', () => {
  const items = Array.from({ length: 12 }, (_, index) => image(index, index % 2 === 0 ? 'a' : 'b'));

  it('are taken as they are, in natural order of their names', () => {
    const stated = new Map(items.map((item, index) => [item.id, `fold ${10 - (index % 3)}`]));
    const split = statedFolds(items, stated, { multiLabel: false });
    expect(split.foldNames).toEqual(['fold 8', 'fold 9', 'fold 10']);
    expect(split.foldOf.get('image 0')).toBe(2);
    expect(split.notes).toEqual([]);
  });

  it('are overruled where a copy would cross, and leave out images without a fold, saying both', () => {
    const copies = items.map((item, index) => (index < 3 ? { ...item, contentHash: 'same' } : item));
    const stated = new Map(copies.slice(0, 11).map((item, index) => [item.id, index < 2 ? 'x' : 'y']));
    const split = statedFolds(copies, stated, { multiLabel: false });
    expect([0, 1, 2].map((index) => split.foldNames[split.foldOf.get(`image ${index}`)!])).toEqual([
      'x',
      'x',
      'x',
    ]);
    expect(split.notes).toContainEqual({ code: 'statedFoldOverruled', ids: ['image 2'] });
    expect(split.notes).toContainEqual({ code: 'withoutStatedFold', ids: ['image 11'] });
    expect(split.foldOf.has('image 11')).toBe(false);
  });

  it('say when there is only one', () => {
    const stated = new Map(items.map((item) => [item.id, 'all']));
    expect(codes(statedFolds(items, stated, { multiLabel: false }))).toContain('cannotValidate');
  });
});
