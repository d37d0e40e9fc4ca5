import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { maxDifference, relativeError } from '../support/run.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-batch-norm-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const [headPhase, lastBlock] = tinyRecipe.phases;
const adapted = { batchNorm: 'adapted' } as const;
const statistics = ['head.bn.mean', 'head.bn.var'];

const weightsIn = async (folder: string) => {
  const file = join(folder, 'run', 'weights.safetensors');
  return readSafetensors(await readFile(file), file);
};

async function train(name: string, recipe: Record<string, unknown>, images = 24) {
  const folder = join(root, name);
  const written = await writeSmallRun(folder, { folds: [], images, recipe });
  const run = serve(written.path);
  expect(await run.end).toMatchObject({ type: 'done' });
  return { ...written, events: run.events, weights: await weightsIn(folder) };
}

const values = (weights: ReadonlyMap<string, Tensor>, name: string) =>
  [...weights.get(name)!.data].map(Number);

test('in inference mode nothing but weights is learned; adapted, the statistics of what learns move with it', async () => {
  const inference = await train('inference', {});
  const moved = await train('adapted', adapted);
  const names = [...inference.weights.keys()];
  expect(names.filter((name) => /mean|var/.test(name))).toEqual(['standardise.mean']);
  expect([...moved.weights.keys()].sort()).toEqual([...names, ...statistics].sort());
  // As the backbone came: a mean of zeros, a variance of 0.8 everywhere.
  expect(Math.max(...values(moved.weights, 'head.bn.mean').map(Math.abs))).toBeGreaterThan(0.05);
  expect(new Set(values(moved.weights, 'head.bn.var')).size).toBeGreaterThan(10);
  const warnings = ofType(moved.events, 'log').filter(({ level }) => level === 'warning');
  expect(warnings).toMatchObject([{ code: 'TRAIN_NOISY_STATISTICS', params: { batch: 8, enough: 16 } }]);
  const again = await train('again', adapted);
  for (const [name, value] of moved.weights) expect(again.weights.get(name), name).toEqual(value);
});

test('blocks that learned before keep their statistics while they are held still', async () => {
  const both = { ...lastBlock, trainableBlocks: ['middle', 'head'] };
  const first = await train('first', { ...adapted, phases: [headPhase, both] });
  const second = await train('second', { ...adapted, phases: [headPhase, both, lastBlock] });
  for (const name of ['middle.bn.mean', 'middle.bn.var', 'middle.bn.weight', 'middle.conv.weight'])
    expect(second.weights.get(name), name).toEqual(first.weights.get(name));
  for (const name of statistics)
    expect(maxDifference(second.weights.get(name), first.weights.get(name)), name).toBeGreaterThan(0);
});

test('a short last batch is filled up with images: zeros would halve the mean', async () => {
  // Nothing learns, and the running statistics are those of the last batch alone.
  const still = { ...lastBlock, epochs: 1, learningRate: 1e-9, schedule: 'constant', warmUp: 0 };
  const recipe = { ...adapted, strategy: 'fineTuning', phases: [still], batchNormMomentum: 1 };
  const whole = await train('whole', { ...recipe, batchSize: 24 });
  const short = await train('short', { ...recipe, batchSize: 16 });
  const [all, last] = [whole, short].map(({ weights }) => values(weights, 'head.bn.mean'));
  const scale = Math.hypot(...all!);
  expect(scale).toBeGreaterThan(0.1);
  expect(Math.hypot(...all!.map((value, at) => value - last![at]!)) / scale).toBeLessThan(0.2);
});

test.each([
  ['averaged and gathered', { averaging: { kind: 'ema', decay: 0.9, warmUp: 'ramp' }, accumulation: 2 }],
  ['the best epoch is kept', { earlyStopping: { patience: null, holdOut: 0.25 } }],
])('cut off anywhere and resumed it has the same bits: %s', async (_, change) => {
  const phases = [headPhase, { ...lastBlock, trainableBlocks: ['middle', 'head'], epochs: 8 }];
  const recipe = { ...adapted, ...change, phases };
  const { weights: whole } = await train('whole', recipe);
  const parts = await writeSmallRun(join(root, 'parts'), { folds: [], recipe });
  let cuts = 0;
  for (; cuts < 30; cuts++) {
    const run = serve(parts.path, true);
    let epochs = 0;
    run.onEvent((event) => {
      if (event.type === 'epoch' && ++epochs === 3) run.send({ type: 'cancel' });
    });
    if ((await run.end).type === 'done') break;
  }
  expect(cuts).toBeGreaterThan(3);
  const resumed = await weightsIn(join(root, 'parts'));
  expect([...resumed.keys()]).toEqual([...whole.keys()]);
  expect([...whole.keys()]).toContain('middle.bn.var');
  for (const [name, value] of whole) expect(resumed.get(name), name).toEqual(value);
});

test('the average holds averaged statistics, near the last ones and not the same', async () => {
  const last = await train('last', adapted);
  const average = await train('average', { ...adapted, averaging: { kind: 'swa', start: 0.5, rate: null } });
  for (const name of statistics) {
    const difference = relativeError(average.weights.get(name), last.weights.get(name));
    expect(difference, name).toBeGreaterThan(0);
    expect(difference, name).toBeLessThan(0.5);
  }
});

test.each([
  [
    'adapted',
    {
      ...{ ...adapted, strategy: 'fineTuning', head: { hidden: 6, dropout: 0 } },
      phases: [{ ...lastBlock, epochs: 10, learningRate: 0.02, backboneFactor: 0.5 }],
    },
  ],
  ['from scratch over the batch', { ...scratchRecipe, scratchNorm: 'batch', batchSize: 16 }],
])('the exported file answers with the final statistics: %s', async (_, recipe) => {
  const { manifest, events } = await train('run', recipe);
  expect(ofType(events, 'epoch').at(-1)!.metrics.trainLoss).toBeLessThan(
    ofType(events, 'epoch')[0]!.metrics.trainLoss,
  );
  const path = join(root, 'export.json');
  const { files, runtime } = manifest;
  const images = manifest.images.map((image) => ({ key: String(image.id), path: image.path }));
  const job = { version: 1, job: 'export', model: files.folder, files, runtime, images };
  const [target, draft] = [join(root, 'model.onnx'), join(root, 'draft.tmp')];
  await writeFile(path, JSON.stringify({ ...job, target, draft }));
  expect(await serve(path).end).toMatchObject({
    type: 'done',
    record: { certificate: { images: 24, passed: true, top1Agreement: 1 } },
  });
});

test('what cannot be adapted is refused with the reason', async () => {
  const refused = async (name: string, recipe: Record<string, unknown>, reason: string) => {
    const { path } = await writeSmallRun(join(root, name), { folds: [], recipe });
    expect(await serve(path).end, name).toMatchObject({
      type: 'failed',
      code: 'BAD_REQUEST',
      message: expect.stringContaining(reason),
    });
  };
  await refused('one', { ...adapted, batchSize: 1 }, 'one image at a time has no statistics');
  await refused('folded', { ...adapted, foldedBatchNorm: true }, 'leaves nothing to adapt');
  await refused('frozen', { ...adapted, phases: [headPhase] }, 'there is nothing to adapt');
  await refused('scratch', { ...scratchRecipe, scratchNorm: 'batch', batchSize: 1 }, 'one image at a time');
});
