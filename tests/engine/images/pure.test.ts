import { compare } from 'natural-orderby';
import { describe, expect, test } from 'vitest';
import { findClassFolders, folderAt } from '../../../main/engine/images/class-folders.ts';
import { groupKeys } from '../../../main/engine/images/groups.ts';
import { naturalKey, searchKey } from '../../../main/engine/images/natural-key.ts';
import { sortInSlices } from '../../../main/lib/breathing.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const byBytes = (a: string, b: string) =>
  Buffer.compare(Buffer.from(naturalKey(a)), Buffer.from(naturalKey(b)));

describe('natural order', () => {
  test('1, 2, 10, 11, 100; case and accents ignored; folders together', () => {
    const order = [
      '1.jpg',
      '2.jpg',
      '10.jpg',
      '11.jpg',
      '100.jpg',
      'a/9.jpg',
      'a/10.jpg',
      'Á11.jpg',
      'b1.jpg',
      'B2.jpg',
    ];
    expect([...order].reverse().sort(byBytes)).toEqual(order);
  });

  test('agrees with the natural order of names of letters and numbers', () => {
    const random = createRandom(7);
    const names = Array.from({ length: 400 }, () => {
      const letters = 'abcxyz'[random.below(6)];
      return `${letters}${random.below(20_000)}${letters}${random.below(50)}`;
    });
    expect([...names].sort(byBytes)).toEqual([...names].sort(compare()));
  });

  test('search ignores case and accents', () => {
    expect(searchKey('Fotos/FOLHA São.jpg')).toBe('fotos/folha sao.jpg');
  });

  test('sorting in slices is sorting, and stable', async () => {
    const random = createRandom(3);
    const items = Array.from({ length: 20_000 }, (_, index) => ({ key: String(random.below(500)), index }));
    const sorted = await sortInSlices(items, ({ key }) => key);
    expect(sorted).toEqual(
      [...items].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index)),
    );
  });
});

describe('class folders', () => {
  test.each([
    [['cat/1.jpg', 'cat/2.jpg', 'dog/1.jpg'], 0, ['cat', 'dog']],
    [['train/cat/1.jpg', 'train/dog/1.jpg', 'val/cat/2.jpg'], 1, ['cat', 'dog']],
    [['set/images/10/1.jpg', 'set/images/9/1.jpg'], 2, ['9', '10']],
    [['cat/2024/1.jpg', 'dog/2023/1.jpg'], 0, ['cat', 'dog']],
  ])('%j', (paths, depth, names) => {
    const found = findClassFolders(paths);
    expect(found?.depth).toBe(depth);
    expect(found?.folders.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    [['1.jpg', '2.jpg']],
    [['cat/1.jpg']],
    [['images/1.jpg', 'masks/1.png']],
    [['1.jpg', '2.jpg', 'cat/1.jpg', 'dog/1.jpg']],
    [[]],
  ])('%j has none', (paths) => {
    expect(findClassFolders(paths)).toBeNull();
  });

  test('the folder at a depth', () => {
    expect([folderAt('a/b/c.jpg', 0), folderAt('a/b/c.jpg', 1), folderAt('a/b/c.jpg', 2)]).toEqual([
      'a',
      'b',
      null,
    ]);
  });
});

describe('groups', () => {
  const paths = ['plot 1/P01_a.jpg', 'plot 1/P02_a.jpg', 'x.jpg'];
  test('by folder, by pattern, none', async () => {
    expect(await groupKeys({ kind: 'folder' }, paths)).toEqual(['plot 1', 'plot 1', '.']);
    expect(await groupKeys({ kind: 'pattern', pattern: '(P\\d+)_' }, paths)).toEqual(['P01', 'P02', null]);
    expect(await groupKeys({ kind: 'none' }, paths)).toEqual([null, null, null]);
  });

  test.each([
    ['([', 'valid|nvalid|ermin'],
    ['P\\d+', 'no group'],
  ])('pattern %s is refused', async (pattern, reason) => {
    await expect(groupKeys({ kind: 'pattern', pattern }, paths)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(reason),
    });
  });

  test('a pattern without end is stopped', async () => {
    const started = performance.now();
    const long = [`${'a'.repeat(60)}!`];
    await expect(groupKeys({ kind: 'pattern', pattern: '^(a+)+$' }, long)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('too long'),
    });
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
