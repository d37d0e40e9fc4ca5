import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdOut } from '../../../main/trainer/data/hold-out.ts';

const item = (label: number, group: string) => ({ labels: [label], group });

test('everybody learns or watches, groups stay whole, every class still learns', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(4), fc.nat(30)), { minLength: 1, maxLength: 120 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.nat(1000),
      (entries, fraction, seed) => {
        const items = entries.map(([label, group]) => item(label, String(group)));
        const { training, watching } = holdOut(items, fraction, seed);
        expect([...training, ...watching].sort((a, b) => a - b)).toEqual(items.map((_, index) => index));
        const groups = (positions: readonly number[]) => new Set(positions.map((at) => items[at]!.group));
        expect([...groups(watching)].filter((group) => groups(training).has(group))).toEqual([]);
        expect(watching.length).toBeLessThanOrEqual(Math.round(items.length * fraction));
        const classes = (positions: readonly number[]) =>
          new Set(positions.flatMap((at) => items[at]!.labels));
        expect(classes(training).size).toBe(classes(items.map((_, index) => index)).size);
        expect(holdOut(items, fraction, seed)).toEqual({ training, watching });
      },
    ),
  );
});

test('classes are held out in proportion', () => {
  const items = Array.from({ length: 200 }, (_, index) => item(index % 5 === 0 ? 1 : 0, String(index)));
  const { watching } = holdOut(items, 0.2, 1);
  const ones = watching.filter((at) => items[at]!.labels[0] === 1).length;
  expect([watching.length, ones]).toEqual([40, 8]);
});

test('sets too small to spare anything learn whole', () => {
  const items = Array.from({ length: 9 }, (_, index) => item(index % 3, String(index)));
  expect(holdOut(items, 0.15, 1).watching).toEqual([]);
});
