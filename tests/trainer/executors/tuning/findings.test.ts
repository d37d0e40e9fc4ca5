import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findingsFor, openFindings } from '../../../../main/trainer/executors/tuning/findings.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-findings-'));
  file = join(folder, 'machine', 'fastest.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const stored = async () => JSON.parse(await readFile(file, 'utf8'));

it('are kept for later jobs, apart for each executor', async () => {
  const findings = await openFindings(file);
  const one = findingsFor(findings, 'one');
  one.add('a | b', 'b');
  await one.save();
  const later = await openFindings(file);
  expect(findingsFor(later, 'one').of('a | b')).toBe('b');
  expect(findingsFor(later, 'other').of('a | b')).toBeUndefined();
  expect(later.used()).toEqual({ 'one; a | b': 'b' });
});

it('what a job began with holds for it, whatever is known now', async () => {
  const first = await openFindings(file);
  first.add('a | b', 'b');
  await first.save();
  const resumed = await openFindings(file, { before: { 'a | b': 'a' } });
  expect(resumed.of('a | b')).toBe('a');
  expect(resumed.used()).toEqual({ 'a | b': 'a' });
});

it('of two processes that compared the same at a time, the first is right for all later ones', async () => {
  const [one, other] = [await openFindings(file), await openFindings(file)];
  one.add('a | b', 'a');
  await one.save();
  other.add('a | b', 'b');
  other.add('c | d', 'd');
  await other.save();
  expect(await stored()).toEqual({ 'a | b': 'a', 'c | d': 'd' });
  // Its own job goes on as it began.
  expect(other.of('a | b')).toBe('b');
});

it.each([
  ['damaged', '{"a | b": '],
  ['of another shape', '["a"]'],
  ['of another type', '{"a | b": 1}'],
])('a file that is %s counts as empty, and is replaced', async (_what, text) => {
  await mkdir(join(folder, 'machine'));
  await writeFile(file, text);
  const findings = await openFindings(file);
  expect(findings.of('a | b')).toBeUndefined();
  findings.add('a | b', 'a');
  await findings.save();
  expect(await stored()).toEqual({ 'a | b': 'a' });
});

it('where they cannot be written, the job goes on with them', async () => {
  // A file where the folder should be: nothing can be written below it, whoever asks.
  await writeFile(join(folder, 'machine'), '');
  const findings = await openFindings(file);
  findings.add('a | b', 'a');
  await findings.save();
  expect(findings.of('a | b')).toBe('a');
});

it('the oldest are forgotten', async () => {
  const findings = await openFindings(file);
  for (let at = 0; at < 5001; at++) findings.add(`comparison ${at}`, 'a');
  await findings.save();
  const kept = Object.keys(await stored());
  expect(kept).toHaveLength(5000);
  expect(kept[0]).toBe('comparison 1');
});
