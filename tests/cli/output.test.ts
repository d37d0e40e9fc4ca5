import { expect, test } from 'vitest';
import { createOutput, type Sink, type Step } from '../../main/cli/output.ts';
import { duration, ofHundred, size, table, withInterval } from '../../main/cli/text.ts';

function sink(isTTY = false): Sink & { text: string } {
  const taken = { text: '', isTTY, columns: 60, write: (text: string) => (taken.text += text) };
  return taken;
}
const step = (done: number, stage = 'training'): Step => ({ stage, done, total: 10, secondsLeft: 75 });

test('JSON: one object a line and nothing else, progress thinned, errors with code and values', () => {
  const out = sink();
  let now = 0;
  const output = createOutput(true, out, sink(), () => now);
  output.say('for people');
  for (let done = 0; done <= 10; done++) {
    now += 100;
    output.progress(step(done));
  }
  output.event('result', { answer: 42 });
  output.fail({ code: 'NO_SPACE', message: 'full', params: { free: 1 } });
  output.raw({ seconds: 1 });
  const lines = out.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type?: string; done?: number });
  const progress = lines.filter((line) => line.type === 'progress').map((line) => line.done);
  expect(progress[0]).toBe(0);
  expect(progress.at(-1)).toBe(10);
  expect(progress.length).toBeLessThan(6);
  expect(lines.at(-2)).toEqual({ type: 'error', code: 'NO_SPACE', message: 'full', params: { free: 1 } });
  expect(lines.at(-1)).toEqual({ seconds: 1 });
});

test('a log gets a line at each new stage and then only now and then', () => {
  const out = sink();
  let now = 0;
  const output = createOutput(false, out, sink(), () => now);
  for (let done = 0; done < 10; done++) {
    now += 100;
    output.progress(step(done));
  }
  output.progress(step(0, 'testing'));
  expect(out.text).toBe('training · 0/10 · 1 min 15 s left\ntesting · 0/10 · 1 min 15 s left\n');
  expect(out.text).not.toContain('\r');
});

test('a terminal gets one bar that overwrites itself, never wider than the window, gone before a line is said', () => {
  const [out, err] = [sink(true), sink(true)];
  const output = createOutput(false, out, err);
  output.progress(step(5));
  output.progress({ ...step(6), detail: 'x'.repeat(200) });
  output.say('done');
  expect(out.text).toBe('done\n');
  const bars = err.text.split('\r\x1b[2K');
  expect(bars[0]).toContain('████████████░░░░░░░░░░░░');
  expect(bars[1]?.length).toBeLessThan(60);
  expect(bars.at(-1)).toBe('');
});

test('numbers as a person reads them', () => {
  expect([0.4, 59.6, 130, 3_900].map(duration)).toEqual(['0 s', '1 min 0 s', '2 min 10 s', '1 h 05 min']);
  expect([0, 999, 1_500, 33_500_000, 250e9].map(size)).toEqual([
    '0 B',
    '999 B',
    '1.5 kB',
    '33.5 MB',
    '250 GB',
  ]);
  const estimate = { value: 0.812, low: 0.759, high: 0.8561 };
  expect(withInterval(estimate)).toBe('81.2 % (75.9–85.6)');
  expect(ofHundred(estimate)).toBe('81 of 100 right, give or take 5');
  expect(ofHundred({ value: null, low: null, high: null })).toBe('could not be judged');
  expect(
    table(
      ['class', 'n'],
      [
        ['rust', '5'],
        ['a', '50'],
      ],
    ),
  ).toBe('class   n\n─────  ──\nrust    5\na      50');
});

test('names that carry commands to a terminal, or turn the text around, are shown harmless', () => {
  for (const isTTY of [false, true]) {
    const [out, err] = [sink(), sink(isTTY)];
    const output = createOutput(false, out, err);
    output.say('a\x1b]0;owned\x07.jpg\r\u202egpj.b\x9b2J\n\tnext line');
    output.fail({ code: 'FILE_UNREADABLE', message: '\x1b[2J', params: {} });
    expect(out.text).toBe('a\ufffd]0;owned\ufffd.jpg\ufffd\ufffdgpj.b\ufffd2J\n\tnext line\n');
    expect(err.text).toBe('FILE_UNREADABLE: \ufffd[2J\n');
  }
});
