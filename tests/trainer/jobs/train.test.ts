import { mkdtemp, open, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheFolders } from '../../../main/lib/cache-folders.ts';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-trainer-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const weightsIn = async (run: string, name = 'weights.safetensors') => {
  const path = join(run, 'run', name);
  return readSafetensors(await readFile(path), path);
};

test('feature extraction and fine-tuning: every image tested once, epochs and models reported, then done', async () => {
  const { path, manifest } = await writeSmallRun(root);
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done' });
  const predictions = ofType(run.events, 'predictions').flatMap((event) => event.predictions);
  expect(predictions.map((entry) => entry.id).sort((a, b) => a - b)).toEqual(
    manifest.images.map((i) => i.id),
  );
  const right = predictions.filter((entry) => {
    const image = manifest.images.find((each) => each.id === entry.id)!;
    expect(entry.fold).toBe(image.fold);
    expect(entry.probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    return entry.probabilities.indexOf(Math.max(...entry.probabilities)) === image.labels[0];
  });
  // Colours are easy: chance would be a third.
  expect(right.length).toBeGreaterThanOrEqual(21);
  expect(ofType(run.events, 'modelDone').map((event) => event.fold)).toEqual([0, 1, null]);
  expect(ofType(run.events, 'epoch')).toHaveLength(3 * (12 + 4));
  // Known before the first image is described.
  const first = run.events.find(({ type }) => type === 'computing' || type === 'progress');
  expect(first).toMatchObject({ type: 'computing', computing: { training: { id: 'onnx' } } });
  expect(ofType(run.events, 'progress')[0]!.progress).toMatchObject({
    stage: 'features',
    models: 3,
    total: 24,
  });
});

test('only what was to be trained changes: the frozen blocks are not even in the weights', async () => {
  const { path } = await writeSmallRun(root, { folds: [] });
  const run = serve(path);
  const last = await run.end;
  expect(last).toMatchObject({ type: 'done', record: { frozen: { checks: 2 } } });
  expect([...(await weightsIn(root)).keys()].sort()).toEqual([
    'head.bn.bias',
    'head.bn.weight',
    'head.conv.weight',
    'head.linear.bias',
    'head.linear.weight',
    'standardise.deviation',
    'standardise.mean',
  ]);
});

test('the same seed gives the same bits, another seed other ones', async () => {
  const weights = [];
  for (const [index, seed] of [3, 3, 4].entries()) {
    const folder = join(root, String(index));
    const { path } = await writeSmallRun(folder, { folds: [], seed });
    expect(await serve(path).end).toMatchObject({ type: 'done' });
    weights.push((await readFile(join(folder, 'run', 'weights.safetensors'))).toString('base64'));
  }
  expect(weights[1]).toBe(weights[0]);
  expect(weights[2]).not.toBe(weights[0]);
});

test('activations are computed once: a second run reads no image', async () => {
  const { path, manifest } = await writeSmallRun(root);
  await serve(path).end;
  for (const image of manifest.images) await unlink(image.path);
  const again = serve(path);
  expect(await again.end).toMatchObject({ type: 'done' });
  expect(ofType(again.events, 'imageFailed')).toHaveLength(0);
});

test('files deleted or changed since they were labeled are named and left out; the run goes on', async () => {
  const { path, manifest } = await writeSmallRun(root);
  await unlink(manifest.images[4]!.path);
  await writeFile(manifest.images[9]!.path, await readFile(manifest.images[10]!.path));
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done', record: { imagesLeftOut: 2 } });
  const failed = ofType(run.events, 'imageFailed');
  expect(failed.map(({ key, code }) => [key, code])).toEqual([
    ['5', 'FILE_MISSING'],
    ['10', 'FILE_UNREADABLE'],
  ]);
  expect(ofType(run.events, 'predictions').flatMap((event) => event.predictions)).toHaveLength(22);
});

test('too few readable images, one class and unknown blocks are refused with a code', async () => {
  const few = await writeSmallRun(join(root, 'few'), { images: 6 });
  for (const image of few.manifest.images.slice(1)) await unlink(image.path);
  expect(await serve(few.path).end).toMatchObject({ type: 'failed', code: 'TOO_FEW_IMAGES' });
  const one = await writeSmallRun(join(root, 'one'), { classes: 1 });
  expect(await serve(one.path).end).toMatchObject({ type: 'failed', code: 'ONE_CLASS' });
  const phases = [{ ...scratchRecipe.phases[0], trainableBlocks: ['middle'] }];
  const gap = await writeSmallRun(join(root, 'gap'), { recipe: { phases } });
  expect(await serve(gap.path).end).toMatchObject({ type: 'failed', code: 'BAD_REQUEST' });
  expect(await serve(join(root, 'nothing.json')).end).toMatchObject({ type: 'failed', code: 'FILE_MISSING' });
});

test('a damaged backbone is refused before anything is computed', async () => {
  const { path } = await writeSmallRun(root);
  await writeFile(join(root, 'backbones', 'tiny.onnx'), 'not a network');
  expect(await serve(path).end).toMatchObject({ type: 'failed', code: 'BACKBONE_DAMAGED' });
});

test('early stopping keeps the epoch that watched best, and watches images that are not tested', async () => {
  const { path } = await writeSmallRun(root, {
    images: 48,
    folds: [0],
    finalModel: false,
    recipe: {
      earlyStopping: { patience: 2, holdOut: 0.25 },
      phases: [
        { ...scratchRecipe.phases[0], name: 'head', epochs: 60, learningRate: 1, schedule: 'constant' },
      ],
    },
  });
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done' });
  const losses = ofType(run.events, 'epoch').map((event) => event.metrics.validationLoss!);
  expect(losses.length).toBeLessThan(60);
  const best = losses.indexOf(Math.min(...losses));
  expect(losses.length - 1 - best).toBe(2);
});

test('a network from scratch learns on pixels; several labels an image use independent answers', async () => {
  const scratch = await writeSmallRun(join(root, 'scratch'), { recipe: scratchRecipe, folds: [0] });
  const run = serve(scratch.path);
  expect(await run.end).toMatchObject({ type: 'done', record: { backbone: null } });
  expect(ofType(run.events, 'predictions')[0]!.predictions).toHaveLength(12);
  const several = await writeSmallRun(join(root, 'several'), {
    task: 'multiLabel',
    recipe: { classWeights: 'balanced' },
    folds: [0],
    finalModel: false,
  });
  const labels = serve(several.path);
  expect(await labels.end).toMatchObject({ type: 'done' });
  const sums = ofType(labels.events, 'predictions')[0]!.predictions.map((entry) =>
    entry.probabilities.reduce((sum, value) => sum + value, 0),
  );
  expect(sums.some((sum) => Math.abs(sum - 1) > 1e-3)).toBe(true);
});

test.each([
  [
    'a hidden layer, folded batch normalisation, the whole backbone',
    { head: { hidden: 8, dropout: 0.2 }, foldedBatchNorm: true },
    ['stem', 'middle', 'head'],
  ],
  [
    'balanced classes, last features, square images',
    { classWeights: 'balanced', features: 'last', shape: 'square' },
    ['middle', 'head'],
  ],
])('the recipe is followed: %s', async (_, recipe, trainableBlocks) => {
  const phases = [{ ...scratchRecipe.phases[0], name: 'fineTuning', trainableBlocks, epochs: 2 }];
  const { path } = await writeSmallRun(root, { recipe: { ...recipe, phases }, folds: [0] });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
});

test('a rate so high that the loss is no longer a number ends with the advice to lower it', async () => {
  // Decay times rate beyond 2 makes every weight grow with each step.
  const high = { learningRate: 10, weightDecay: 1, warmUp: 0, schedule: 'constant', epochs: 100 };
  const phases = [{ ...scratchRecipe.phases[0], ...high, name: 'head' }];
  const { path } = await writeSmallRun(root, { recipe: { phases }, folds: [] });
  expect(await serve(path).end).toMatchObject({
    type: 'failed',
    code: 'DIVERGED',
    params: { learningRate: 10 },
  });
});

test('weights that answer nothing any more are no result, though they and the loss of the last step are numbers', async () => {
  const wild = { learningRate: 0.3, backboneFactor: 1, blockDecay: 1, warmUp: 0, schedule: 'constant' };
  const phase = { ...tinyRecipe.phases[1], ...wild, trainableBlocks: ['middle', 'head'], epochs: 1 };
  const optimiser = { kind: 'sgd', momentum: 0.9, nesterov: false };
  for (const holdOut of [0.2, 0]) {
    const { path } = await writeSmallRun(join(root, String(holdOut)), {
      images: 48,
      folds: [],
      recipe: { phases: [phase], clipNorm: null, optimiser, earlyStopping: { patience: null, holdOut } },
    });
    expect(await serve(path).end).toMatchObject({ type: 'failed', code: 'DIVERGED' });
  }
});

test('a damaged cache stops the run with what to do, and doing it helps', async () => {
  const { path } = await writeSmallRun(root, { folds: [] });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  const whole = await readFile(join(root, 'run', 'weights.safetensors'));
  await unlink(join(root, 'run', 'checkpoint.json'));
  const cache = join(root, 'cache');
  const shards = (await readdir(cache, { recursive: true })).filter((name) => name.endsWith('.records'));
  expect(shards.length).toBeGreaterThan(0);
  for (const shard of shards) {
    const file = await open(join(cache, shard), 'r+');
    await file.write(Buffer.alloc(4, 0xa5), 0, 4, (await file.stat()).size - 8);
    await file.close();
  }
  // One cut after the other: each try finds the first damage it comes to.
  const ends = [];
  for (let tries = 0; tries <= shards.length; tries++) {
    const last = await serve(path, tries > 0).end;
    ends.push(last.type === 'failed' ? last.code : last.type);
    if (last.type === 'done') break;
  }
  expect(ends[0]).toBe('FILE_UNREADABLE');
  expect(ends.at(-1)).toBe('done');
  expect(await readFile(join(root, 'run', 'weights.safetensors'))).toEqual(whole);
});

test('all caches of a run stay within the limit together, and what one has is not counted as wanted', async () => {
  const { path, manifest } = await writeSmallRun(root, { folds: [] });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  const cache = join(root, 'cache');
  const sizes = (await cacheFolders(cache)).map(({ bytes }) => bytes);
  expect(sizes).toHaveLength(2);
  const all = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const limited = async (cacheLimit: number) => {
    await rm(join(root, 'run', 'checkpoint.json'), { force: true });
    await writeFile(path, JSON.stringify({ ...manifest, files: { ...manifest.files, cacheLimit } }));
    return serve(path).end;
  };
  await rm(cache, { recursive: true });
  expect(await limited(all - 2000)).toMatchObject({ type: 'failed', code: 'NO_SPACE' });
  expect(await limited(all)).toMatchObject({ type: 'done' });
  const [smallest] = (await cacheFolders(cache)).sort((one, other) => one.bytes - other.bytes);
  await rm(join(cache, smallest!.name), { recursive: true });
  expect(await limited(all)).toMatchObject({ type: 'done' });
  expect((await cacheFolders(cache)).map(({ bytes }) => bytes).sort()).toEqual(sizes.sort());
});
