import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileIndex } from '../../../main/engine/formats/file-index.ts';
import { readLabelTable, type TableChoice } from '../../../main/engine/formats/label-table.ts';
import type { Task } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-table-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const photos = ['a/001.jpg', 'b/001.jpg', '001.png', 'b/2.jpg', 'b/10.jpg', 'folha são.jpg'];

async function read(
  text: string | Buffer,
  choice: TableChoice = {},
  task: Task = 'singleLabel',
  files = photos,
) {
  const path = join(folder, 'labels.csv');
  await writeFile(path, text);
  const index = await createFileIndex(
    files.map((relPath) => ({ relPath, path: join(folder, 'photos', relPath) })),
  );
  const table = await readLabelTable({ path, index, task, choice });
  const labels = Object.fromEntries(
    [...table.entries].map(([position, entry]) => [files[position], entry.labels.join('+')]),
  );
  return { ...table, labels };
}

describe('which file a row means', () => {
  test('equal names in other folders and endings stay apart', async () => {
    const { labels, unmatched } = await read('file,class\na/001.jpg,x\nb/001.jpg,y\n001.png,z\n');
    expect(labels).toEqual({ 'a/001.jpg': 'x', 'b/001.jpg': 'y', '001.png': 'z' });
    expect(unmatched).toEqual([]);
  });

  test('a name that several files have is refused, with its line', async () => {
    const { labels, invalid } = await read('file,class\n001.jpg,x\nb/2.jpg,y\n');
    expect(labels).toEqual({ 'b/2.jpg': 'y' });
    expect(invalid).toMatchObject([{ file: '001.jpg', code: 'AMBIGUOUS' }]);
    expect(invalid[0]?.message).toContain('Line 2');
  });

  test('a folder in the table that is not the file’s own never matches', async () => {
    const { labels, unmatched } = await read('file,class\nc/2.jpg,x\nphotos/b/10.jpg,y\n');
    expect(labels).toEqual({ 'b/10.jpg': 'y' });
    expect(unmatched).toMatchObject([{ file: 'c/2.jpg', code: 'NOT_AMONG_FILES' }]);
  });

  test('paths from another computer, backslashes, other case, no ending', async () => {
    const { labels } = await read(
      'file,class\n/home/ana/set/b/2.jpg,x\nD:\\set\\a\\001.jpg,y\nB\\10.JPG,z\nfolha são,w\n',
    );
    expect(labels).toEqual({ 'b/2.jpg': 'x', 'a/001.jpg': 'y', 'b/10.jpg': 'z', 'folha são.jpg': 'w' });
  });

  test('decomposed accents are the same name', async () => {
    const { labels } = await read('file,class\nfolha são.jpg,x\n'.normalize('NFD'));
    expect(labels).toEqual({ 'folha são.jpg': 'x' });
  });
});

describe('how tables are written', () => {
  const rows = [
    ['file', 'class', 'note'],
    ['b/2.jpg', 'são', 'a, b; c'],
    ['b/10.jpg', 'não', ''],
  ];
  const expected = { 'b/2.jpg': 'são', 'b/10.jpg': 'não' };
  const written = (delimiter: string, end = '\n') =>
    rows
      .map((row) => row.map((cell) => (/[,;\t|]/.test(cell) ? `"${cell}"` : cell)).join(delimiter))
      .join(end);

  test.each([',', ';', '\t', '|'])('delimiter %j', async (delimiter) => {
    expect((await read(written(delimiter))).labels).toEqual(expected);
    expect((await read(written(delimiter, '\r\n'))).labels).toEqual(expected);
  });

  test('UTF-8 with a mark, UTF-16, Windows Latin', async () => {
    expect((await read(`\uFEFF${written(',')}`)).columns[0]).toBe('file');
    expect((await read(Buffer.from(`\uFEFF${written(';')}`, 'utf16le'))).labels).toEqual(expected);
    expect((await read(Buffer.from(written(';'), 'latin1'))).labels).toEqual(expected);
  });

  test('no header, empty and repeated names of columns', async () => {
    const bare = await read('b/2.jpg,x\nb/10.jpg,y\n');
    expect(bare.columns).toEqual(['1', '2']);
    expect(bare.labels).toEqual({ 'b/2.jpg': 'x', 'b/10.jpg': 'y' });
    const odd = await read('file,,class,class\nb/2.jpg,,x,y\n');
    expect(odd.columns).toEqual(['file', '2', 'class', 'class (2)']);
  });

  test('numbers that a spreadsheet made of whole ones, names given by the person', async () => {
    const choice = { foldColumn: 'fold', names: { '0': 'healthy', '3': 'rust' } };
    const { entries, labels } = await read('file;class;fold\nb/2.jpg;3,0;1,0\nb/10.jpg;0;4\n', choice);
    expect(labels).toEqual({ 'b/2.jpg': 'rust', 'b/10.jpg': 'healthy' });
    expect([...entries.values()].map(({ fold }) => fold)).toEqual([1, 4]);
  });

  test.each([
    ['', 'it is empty'],
    ['file,class\n"b/2.jpg,x\n', 'Quote'],
    [Buffer.from([1, 0, 2, 0, 255]), 'not a text file'],
  ])('%j is no table', async (text, reason) => {
    const error = await read(text).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(StudioError);
    expect(error).toMatchObject({ code: 'CSV_INVALID', params: { file: 'labels.csv' } });
    expect(String(error)).toContain(reason);
  });
});

describe('what rows say', () => {
  test('two classes for one image: the first stands, the second is reported', async () => {
    const { labels, invalid } = await read('file,class\nb/2.jpg,x\nb/2.jpg,y\nb/10.jpg,\n');
    expect(labels).toEqual({ 'b/2.jpg': 'x', 'b/10.jpg': '' });
    expect(invalid).toMatchObject([{ file: 'b/2.jpg', code: 'TWO_LABELS' }]);
  });

  test('flags: several classes, none of them, not looked at, no flag', async () => {
    const text = 'file,rust,miner\nb/2.jpg,1,1\nb/10.jpg,0,0\na/001.jpg,,\n001.png,2,0\n';
    const { entries, labels, invalid, suggestedLabelColumns } = await read(
      text,
      { labelColumns: ['rust', 'miner'] },
      'multiLabel',
    );
    expect(labels).toEqual({ 'b/2.jpg': 'rust+miner', 'b/10.jpg': '', 'a/001.jpg': '' });
    expect([...entries.values()].map(({ nothing }) => nothing)).toEqual([false, true, false]);
    expect(invalid).toMatchObject([{ file: '001.png', code: 'NOT_A_FLAG' }]);
    // The column with a 2 in it is no column of flags.
    expect(suggestedLabelColumns).not.toEqual(['rust', 'miner']);
  });

  test('several names in one cell where several labels are allowed', async () => {
    const { labels } = await read('file,class\nb/2.jpg,rust|miner\n', {}, 'multiLabel');
    expect(labels).toEqual({ 'b/2.jpg': 'rust+miner' });
  });

  test('folds that are none, rows without a file', async () => {
    const { invalid } = await read('file,class,fold\nb/2.jpg,x,first\n,y,1\nb/10.jpg,y,-1\n', {
      foldColumn: 'fold',
    });
    expect(invalid.map(({ code }) => code)).toEqual(['BAD_FOLD', 'NO_FILE', 'BAD_FOLD']);
  });

  test('group column', async () => {
    const { entries } = await read('file,class,plant\nb/2.jpg,x,P7\n', { groupColumn: 'plant' });
    expect([...entries.values()][0]?.group).toBe('P7');
  });
});

describe('suggested columns', () => {
  const numbers = Array.from({ length: 30 }, (_, index) => `${index + 1}.jpg`);
  const text = ['id,severity,disease,rust,miner,fold']
    .concat(
      numbers.map(
        (_, i) => `${i + 1},${i % 5},${['leaf rust', 'leaf miner'][i % 2]},${i % 2},${(i + 1) % 2},${i % 5}`,
      ),
    )
    .join('\n');

  test('one label an image: file numbers, class names', async () => {
    const table = await read(text, {}, 'singleLabel', numbers);
    expect([table.suggestedFileColumn, table.suggestedLabelColumns]).toEqual(['id', ['disease']]);
    expect(table.entries.size).toBe(30);
  });

  test('several labels: the columns of flags', async () => {
    const table = await read(text, {}, 'multiLabel', numbers);
    expect(table.suggestedLabelColumns).toEqual(['rust', 'miner']);
  });
});

const data = process.env.ENXERTO_TEST_DATA;
test.skipIf(!data)(data ? 'a real data set’s own tables' : 'skipped: no test data', async () => {
  const files = Array.from({ length: 1747 }, (_, index) => `${index + 1}.jpg`);
  const index = await createFileIndex(
    files.map((relPath) => ({ relPath, path: join(data ?? '', 'coffee-leaves/images', relPath) })),
  );
  const path = join(data ?? '', 'coffee-leaves/dataset.csv');
  const single = await readLabelTable({ path, index, task: 'singleLabel', choice: {} });
  expect(single).toMatchObject({
    suggestedFileColumn: 'id',
    suggestedLabelColumns: ['predominant_stress'],
    rows: 1685,
  });
  expect([single.entries.size, single.unmatched.length, single.invalid.length]).toEqual([1685, 0, 0]);
  const multi = await readLabelTable({ path, index, task: 'multiLabel', choice: {} });
  expect(multi.suggestedLabelColumns).toEqual(['miner', 'rust', 'phoma', 'cercospora']);
});
