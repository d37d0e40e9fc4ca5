import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { serve } from '../support/serve.ts';
import { tinyRecipe, writeSmallRun } from '../support/small-run.ts';

test('other features are dropped for each image and step, so that all come to learn', async () => {
  const root = await mkdtemp(join(tmpdir(), 'enxerto-dropout-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const recipe = {
    head: { hidden: null, dropout: 0.5 },
    phases: [{ ...tinyRecipe.phases[0], epochs: 4, weightDecay: 0 }],
  };
  const { path } = await writeSmallRun(root, { folds: [], recipe });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  const file = join(root, 'run', 'weights.safetensors');
  const { dims, data } = readSafetensors(await readFile(file), file).get('head.linear.weight')!;
  const [classes, features] = dims as [number, number];
  const learned = Array.from({ length: features }, (_, feature) =>
    Array.from({ length: classes }, (_row, row) => Number(data[row * features + feature])).some(Boolean),
  );
  // A head begins at zero, and a feature that is always dropped has no gradient.
  expect(features).toBeGreaterThan(20);
  expect(learned.every(Boolean)).toBe(true);
});
