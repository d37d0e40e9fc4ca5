import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { median, quantile, rounded } from './row.ts';

const runner = fileURLToPath(new URL('./index.ts', import.meta.url));

test.each([[[]], [['nothing']], [['demo', '--only', 'nothing']]])(
  'what cannot be measured is told: %j',
  (words) => {
    const { status, stderr } = spawnSync(process.execPath, [runner, ...words], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('demo: demo-seconds, demo-features, demo-fine-tuning');
  },
);

test('a quantile is a value that was measured, the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 1)).toBe(100);
  expect(median([3, 1, 2])).toBe(2);
  expect(quantile([], 0.5)).toBeNaN();
  expect(rounded(0.123456)).toBe(0.123);
});
