import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { relativeError } from '../support/run.ts';
import { ofType, serve } from '../support/serve.ts';
import { tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-rules-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const fineTuning = {
  ...tinyRecipe.phases[1],
  epochs: 4,
  schedule: 'constant',
  warmUp: 0,
};
/** Nothing drawn at random but the order: what is left is arithmetic. */
const plain = {
  strategy: 'fineTuning',
  head: { hidden: null, dropout: 0 },
  phases: [fineTuning],
  augmentation: { ...tinyRecipe.augmentation, flipHorizontal: false, views: 1 },
};

async function train(name: string, recipe: Record<string, unknown>, images = 22) {
  const folder = join(root, name);
  const { path } = await writeSmallRun(folder, { folds: [], images, recipe: { ...plain, ...recipe } });
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done' });
  const file = join(folder, 'run', 'weights.safetensors');
  return { weights: readSafetensors(await readFile(file), file), events: run.events };
}

function expectClose(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>, within: number): void {
  expect([...a.keys()]).toEqual([...b.keys()]);
  for (const [name, value] of a) expect(relativeError(value, b.get(name)), name).toBeLessThan(within);
}

test('small batches gathered for a step give the weights of the large batch, the last incomplete one included', async () => {
  const sgd = { kind: 'sgd', momentum: 0.9, nesterov: true };
  const large = await train('large', { batchSize: 8, optimiser: sgd, classWeights: 'balanced' });
  const small = await train('small', {
    batchSize: 2,
    accumulation: 4,
    optimiser: sgd,
    classWeights: 'balanced',
  });
  expectClose(small.weights, large.weights, 1e-4);
  const halved = await train('halved', { batchSize: 2, optimiser: sgd, classWeights: 'balanced' });
  expect(
    relativeError(halved.weights.get('head.linear.weight'), large.weights.get('head.linear.weight')),
  ).toBeGreaterThan(0.01);
});

test('with stochastic weight averaging the delivered weights are the mean over the last epochs', async () => {
  const shorter = await train('three', { phases: [{ ...fineTuning, epochs: 3 }] });
  const longer = await train('four', {});
  const mean = new Map(
    [...longer.weights].map(([name, { dims, data }]) => {
      const other = shorter.weights.get(name)!.data;
      return [
        name,
        floatTensor(
          dims,
          Float32Array.from(data as Float32Array, (value, at) => (value + Number(other[at])) / 2),
        ),
      ];
    }),
  );
  const averaged = await train('averaged', { averaging: { kind: 'swa', start: 0.5, rate: null } });
  expectClose(averaged.weights, mean, 1e-5);
  const held = await train('held', { averaging: { kind: 'swa', start: 0.5, rate: 0.1 } });
  const rates = ofType(held.events, 'epoch').map(({ metrics }) => metrics.learningRate);
  expect(rates).toEqual([0.005, 0.005, 0.0005, 0.0005]);
});

test('the watched weights are the averaged ones: an average that never moves never improves', async () => {
  const still = { averaging: { kind: 'ema', decay: 0.99999, warmUp: 'none' } };
  const { events } = await train('still', {
    ...still,
    batchSize: 16,
    earlyStopping: { patience: null, holdOut: 0.3 },
  });
  const losses = ofType(events, 'epoch').map(({ metrics }) => metrics.validationLoss!);
  const spread = Math.max(...losses) - Math.min(...losses);
  expect(spread).toBeLessThan(1e-3);
  const moving = await train('moving', { earlyStopping: { patience: null, holdOut: 0.3 } });
  const learned = ofType(moving.events, 'epoch').map(({ metrics }) => metrics.validationLoss!);
  expect(learned[0]! - learned.at(-1)!).toBeGreaterThan(10 * spread);
});

test('L2-SP keeps what was pretrained near where it began', async () => {
  const steady = { ...fineTuning, learningRate: 0.05, backboneFactor: 1 };
  const distance = async (name: string, l2sp: unknown) => {
    const { weights } = await train(name, {
      l2sp,
      phases: [{ ...steady, epochs: 12 }],
      optimiser: { kind: 'sgd', momentum: 0.9, nesterov: false },
    });
    const first = await train(`${name}-first`, {
      l2sp,
      phases: [{ ...steady, epochs: 1, learningRate: 1e-9 }],
      optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    });
    return relativeError(weights.get('head.conv.weight'), first.weights.get('head.conv.weight'));
  };
  const free = await distance('free', null);
  const pulled = await distance('pulled', { alpha: 5, beta: 0.01 });
  expect(pulled).toBeLessThan(free / 2);
});

test('a run cut off in the middle of gathered steps goes on to the same bits, averages and plateau included', async () => {
  const recipe = {
    ...plain,
    batchSize: 1,
    // More than an epoch has: whoever stops within an epoch stops within a step.
    accumulation: 64,
    loss: { kind: 'focal', gamma: 2 },
    averaging: { kind: 'ema', decay: 0.9, warmUp: 'ramp' },
    l2sp: { alpha: 0.1, beta: 0.01 },
    phases: [
      { ...tinyRecipe.phases[0], epochs: 4, schedule: 'oneCycle', warmUp: 0.25 },
      { ...fineTuning, schedule: 'plateau', drop: { factor: 0.1, epochs: 1 }, learningRate: 0.05 },
    ],
    earlyStopping: { patience: null, holdOut: 0.3 },
  };
  const whole = await writeSmallRun(join(root, 'whole'), { folds: [], recipe });
  expect(await serve(whole.path).end).toMatchObject({ type: 'done' });
  const parts = await writeSmallRun(join(root, 'parts'), { folds: [], recipe });
  const within: number[] = [];
  for (let pieces = 0; pieces < 40; pieces++) {
    const run = serve(parts.path, true);
    run.onEvent((event) => {
      if (event.type === 'epoch') setTimeout(() => run.send({ type: 'cancel' }), 2 + pieces);
    });
    if ((await run.end).type === 'done') break;
    const { current } = JSON.parse(await readFile(join(root, 'parts', 'run', 'checkpoint.json'), 'utf8'));
    within.push(current.position.batch);
  }
  expect(Math.max(...within)).toBeGreaterThan(0);
  const [one, other] = await Promise.all(
    ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', 'weights.safetensors'))),
  );
  expect(other!.equals(one!)).toBe(true);
});
