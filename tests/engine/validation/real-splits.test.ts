import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { SplitItem } from '../../../main/engine/validation/split-units.ts';
import { kFold, statedFolds } from '../../../main/engine/validation/splits.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const data = process.env.ENXERTO_TEST_DATA;
const leaves = join(data ?? '', 'coffee-leaves');
const skipped = data === undefined ? ' (skipped: no test data)' : '';

const rows = (file: string) =>
  parse(readFileSync(join(leaves, file)), { columns: true }) as Record<string, string>[];
const hashOf = (id: string) =>
  createHash('sha256')
    .update(readFileSync(join(leaves, 'images', `${id}.jpg`)))
    .digest('hex');
const item = (row: Record<string, string>): SplitItem => ({
  id: row.id!,
  classIds: [row.predominant_stress!],
  contentHash: hashOf(row.id!),
  group: null,
});

describe.skipIf(data === undefined)(`splits of real leaves${skipped}`, () => {
  it('take the folds of the sample as they are: five of fifty, ten of each class, no copy across', () => {
    const sample = rows('sample-250.csv');
    const stated = new Map(sample.map((row) => [row.id!, row.fold!]));
    const split = statedFolds(sample.map(item), stated, { multiLabel: false });
    expect(split.foldNames).toEqual(['0', '1', '2', '3', '4']);
    expect(split.notes).toEqual([]);
    const counts = new Map<string, number>();
    for (const row of sample) {
      const key = `${split.foldOf.get(row.id!)} ${row.predominant_stress}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(new Array(25).fill(10));
  });

  it('stratify all the leaves, with every copy on the side of its original', () => {
    const items = rows('dataset.csv').map(item);
    const split = kFold(items, 5, { multiLabel: false, random: createRandom(1) });
    expect(split.foldOf.size).toBe(items.length);
    const foldOfHash = new Map<string, number>();
    for (const { id, contentHash } of items) {
      const fold = split.foldOf.get(id)!;
      expect(foldOfHash.get(contentHash) ?? fold).toBe(fold);
      foldOfHash.set(contentHash, fold);
    }
    for (const classId of ['0', '1', '2', '3', '4']) {
      const perFold = [0, 1, 2, 3, 4].map(
        (fold) =>
          items.filter((one) => one.classIds[0] === classId && split.foldOf.get(one.id) === fold).length,
      );
      expect(Math.max(...perFold) - Math.min(...perFold)).toBeLessThanOrEqual(2);
    }
    const copies = items.length - foldOfHash.size;
    expect(split.notes.some((note) => note.code === 'duplicatesTogether')).toBe(copies > 0);
  });
});
