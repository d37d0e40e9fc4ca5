import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createAtomicText, csvLine } from '../../../main/engine/export/atomic-text.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'enxerto-text-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A disk of one megabyte; `null` where this system does not let one be mounted. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }));
  return folder;
}

test('a table appears whole, under its name, and leaves nothing else behind', async () => {
  const folder = temporaryFolder();
  const file = await createAtomicText(join(folder, 'sub', 'answers.csv'), 'job');
  await file.write('one\r\n');
  expect(readdirSync(join(folder, 'sub'))).not.toContain('answers.csv');
  await file.write('two\r\n');
  await file.commit();
  await file.abandon();
  expect(readdirSync(join(folder, 'sub'))).toEqual(['answers.csv']);
  expect(readFileSync(join(folder, 'sub', 'answers.csv'), 'utf8')).toBe('one\r\ntwo\r\n');
});

test('an abandoned table leaves the old one as it was', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'answers.csv'), 'old');
  const file = await createAtomicText(join(folder, 'answers.csv'), 'job');
  await file.write('new');
  await file.abandon();
  expect(readdirSync(folder)).toEqual(['answers.csv']);
  expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toBe('old');
});

test('a full disk is told by name, and the old table stays', async (context) => {
  const folder = smallDisk();
  if (folder === null) return context.skip('skipped: mounting needs root on Linux');
  writeFileSync(join(folder, 'answers.csv'), 'old');
  const file = await createAtomicText(join(folder, 'answers.csv'), 'job');
  await expect(file.write('x'.repeat(3_000_000))).rejects.toMatchObject({
    code: 'NO_SPACE',
    params: { file: 'answers.csv' },
  });
  await file.abandon();
  expect(readdirSync(folder)).toEqual(['answers.csv']);
  expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toBe('old');
});

test('cells with commas, quotes and line ends are quoted', () => {
  expect(csvLine(['a', 'b,c', 'say "x"', 'two\nlines', 0.5])).toBe(
    'a,"b,c","say ""x""","two\nlines",0.5\r\n',
  );
});

test('a name that a folder has already is said, and no half-made file stays beside it', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'taken', 'x'), { recursive: true });
  const file = await createAtomicText(join(folder, 'taken'), 'job');
  await expect(file.commit()).rejects.toMatchObject({ code: 'BAD_REQUEST', params: { file: 'taken' } });
  await file.abandon();
  expect(readdirSync(folder)).toEqual(['taken']);
});

test.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://x";"y")', `"'=HYPERLINK(""http://x"";""y"")"`],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+cmd|calc', "'+cmd|calc"],
  ['-2+3', "'-2+3"],
  ['\t=1', "'\t=1"],
  [' =1', "' =1"],
  ['＝1', "'＝1"],
  ['-1.5', '-1.5'],
  ['-', '-'],
  ['+', '+'],
  [-3, '-3'],
  ['a/=b.jpg', 'a/=b.jpg'],
])('the cell %j is text to a spreadsheet and runs nothing', (cell, written) => {
  expect(csvLine([cell])).toBe(`${written}\r\n`);
});
