import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { relativeError } from '../support/run.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';
import { writeTinyBackbone } from '../support/tiny-backbone.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'enxerto-parts-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Two steps of eight and a short one of six. */
const IMAGES = 22;
/** Of each class: weights of one to seven, so that parts of a step count differently. */
const counts = [14, 6, 2];

const mixing = (mixup: number, cutmix: number) => ({ mixing: { mixup, cutmix } });
const phase = (trainableBlocks: readonly string[], rest: object = {}) => ({
  ...tinyRecipe.phases[1],
  trainableBlocks,
  epochs: 2,
  ...rest,
});
const still = {
  ...tinyRecipe.augmentation,
  flipHorizontal: false,
  views: 1,
};
/** Nothing drawn but the order. */
const plain = {
  strategy: 'fineTuning',
  head: { hidden: null, dropout: 0 },
  classWeights: 'balanced',
  augmentation: still,
  phases: [phase(['head'])],
};
const fromPixels = [phase(['stem', 'middle', 'head'], mixing(0.4, 1))];

/** A run on a backbone with a residual branch, its classes unequal. */
async function write(recipe: Record<string, unknown>): Promise<string> {
  const folder = mkdtempSync(join(root, 'run-'));
  const { path, manifest } = await writeSmallRun(folder, { folds: [], images: IMAGES, recipe });
  await writeTinyBackbone(join(folder, 'backbones'), { residual: true });
  const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  const images = manifest.images.map((image, index) => ({ ...image, labels: [labels[index]!] }));
  await writeFile(path, JSON.stringify({ ...manifest, images }));
  return path;
}

const weightsOf = async (manifest: string) => {
  const file = join(manifest, '..', 'run', 'weights.safetensors');
  return readSafetensors(await readFile(file), file);
};

/** By epoch of each phase: one that was cut off is told again. */
const lossesOf = (events: readonly TrainerEvent[]) =>
  new Map(
    ofType(events, 'epoch').map(({ metrics }) => [`${metrics.phase} ${metrics.epoch}`, metrics.trainLoss]),
  );

async function train(recipe: Record<string, unknown>) {
  const path = await write(recipe);
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done' });
  return { losses: lossesOf(run.events), weights: await weightsOf(path) };
}

/** Largest relative difference of two runs' losses. */
function lossError(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  return Math.max(...[...a].map(([epoch, loss]) => Math.abs(loss / b.get(epoch)! - 1)));
}

const cases: Readonly<Record<string, Record<string, unknown>>> = {
  dropout: { head: { hidden: 12, dropout: 0.5 } },
  'stochastic depth': { stochasticDepth: 0.6 },
  'cached views': { augmentation: { ...still, flipHorizontal: true, views: 2 } },
  'mixup of activations': { phases: [phase(['head'], mixing(0.4, 0))] },
  'mixup of pixels': { phases: [phase(['stem', 'middle', 'head'], mixing(0.4, 0))] },
  cutmix: { phases: [phase(['stem', 'middle', 'head'], mixing(0, 1))] },
  'all of them, from pixels in fresh views': {
    head: { hidden: null, dropout: 0.3 },
    stochasticDepth: 0.4,
    augmentation: tinyRecipe.augmentation,
    phases: fromPixels,
  },
};

describe('a step of eight images is the same step in parts of 8, 4, 2 and 1', () => {
  it.each(Object.entries(cases))('with %s', async (_, recipe) => {
    const whole = await train({ ...plain, ...recipe });
    for (const accumulation of [2, 4, 8]) {
      const parts = await train({ ...plain, ...recipe, batchSize: 8 / accumulation, accumulation });
      expect(lossError(parts.losses, whole.losses), `${accumulation} parts`).toBeLessThan(1e-4);
      for (const [name, value] of whole.weights)
        expect(relativeError(parts.weights.get(name), value), name).toBeLessThan(1e-3);
    }
    // What is drawn does something.
    const { phases } = { ...plain, ...recipe };
    const without = { ...plain, phases: phases.map((each) => ({ ...each, ...mixing(0, 0) })) };
    expect(lossError((await train(without)).losses, whole.losses)).toBeGreaterThan(1e-3);
  });

  it('with nothing drawn, in a network from scratch', async () => {
    const recipe = { ...scratchRecipe, ...plain, strategy: 'scratch', phases: scratchRecipe.phases };
    const whole = await train(recipe);
    const parts = await train({ ...recipe, batchSize: 1, accumulation: 8 });
    expect(lossError(parts.losses, whole.losses)).toBeLessThan(1e-4);
  });
});

describe('a run cut off in the middle of steps, everything drawn that can be', () => {
  const drawn = { ...plain, ...cases['all of them, from pixels in fresh views'] };
  const long = { ...drawn, phases: fromPixels.map((each) => ({ ...each, epochs: 12 })) };

  /** Cuts a run off until it stood within an epoch so often; more than an epoch's images make a step: then within a step. */
  async function cutOff(path: string, often: number, smaller: number): Promise<TrainerEvent[]> {
    const events: TrainerEvent[] = [];
    for (let found = 0, piece = 0; found < often; piece++) {
      const run = serve(path, true, piece === 0 ? smaller : 0);
      run.onEvent((event) => {
        if (event.type === 'epoch') setTimeout(() => run.send({ type: 'cancel' }), piece % 7);
      });
      expect((await run.end).type, 'cut off before the end').toBe('cancelled');
      events.push(...run.events);
      const { current } = JSON.parse(await readFile(join(path, '..', 'run', 'checkpoint.json'), 'utf8'));
      if (current.position.batch > 0) found++;
    }
    return events;
  }

  /** A run that has not begun, but whose images are described: from there on it is steps that memory may not suffice for. */
  async function described(recipe: Record<string, unknown>): Promise<string> {
    const path = await write(recipe);
    await serve(path).end;
    const folder = join(path, '..', 'run');
    await rm(folder, { recursive: true });
    await mkdir(folder);
    return path;
  }

  it('goes on to the same bits, also after it was halved', async () => {
    const recipe = { ...long, batchSize: 2, accumulation: 16 };
    const [whole, parts] = [await described(recipe), await described(recipe)];
    expect(await serve(whole, true, 1).end).toMatchObject({
      type: 'done',
      record: { batching: { batch: 1, accumulation: 32 } },
    });
    await cutOff(parts, 2, 1);
    expect(await serve(parts, true).end).toMatchObject({ record: { batching: { batch: 1 } } });
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
  });

  it('learns the same when it is halved there', async () => {
    const recipe = { ...long, batchSize: 2, accumulation: 16 };
    const [whole, parts] = [await write(recipe), await write(recipe)];
    const free = serve(whole);
    await free.end;
    const before = await cutOff(parts, 1, 0);
    const halved = serve(parts, true, 1);
    expect(await halved.end).toMatchObject({ record: { batching: { batch: 1, accumulation: 32 } } });
    const losses = lossesOf([...before, ...halved.events]);
    expect(lossError(losses, lossesOf(free.events))).toBeLessThan(1e-4);
  });
});
