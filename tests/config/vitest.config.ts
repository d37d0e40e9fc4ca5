import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './slowest-first.ts';

/** Unit and integration tests on real parts; the end-to-end tests have a runner of their own. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    exclude: ['tests/e2e/**', '**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Tests of choosing an executor clear this; all others need no measurement of the machine.
    env: { ENXERTO_EXECUTOR: 'onnx' },
  },
});
