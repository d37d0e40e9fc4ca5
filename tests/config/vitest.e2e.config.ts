import { defineConfig } from 'vitest/config';

/** The real window, driven from outside; one after another, since each wants the screen and the processor. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    globalSetup: 'tests/config/prepare-e2e.ts',
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The studio under test inherits it: what it measures at its first start would slow every test down.
    env: { ENXERTO_EXECUTOR: 'onnx' },
  },
});
