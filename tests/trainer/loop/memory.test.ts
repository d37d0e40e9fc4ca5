import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateWork } from '../../../main/engine/training/estimate.ts';
import {
  afterEnds,
  type Batching,
  inParts,
  leastBatch,
  smallerBatching,
} from '../../../main/trainer/loop/batching.ts';
import type { PhaseState } from '../../../main/trainer/loop/phase-run.ts';
import type { ExecutorId } from '../../../shared/contract/executor.ts';
import { recipe } from '../../../shared/contract/recipe.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { executorAtHand, libraryFolders } from '../support/parity/at-hand.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, writeSmallRun } from '../support/small-run.ts';
import { train, trainInProcesses } from '../support/trainer-memory.ts';

/** Large enough for images to take far more memory than what JavaScript does beside them. */
const SIDE = 320;

const skipped = { onnx: '', openvino: (await executorAtHand('openvino')).skipped };

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'enxerto-memory-'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('smaller parts of a step', () => {
  it('divide it evenly and keep its size, down to single images', () => {
    const sizes: string[] = [];
    for (let at = smallerBatching({ batch: 12, accumulation: 2 }); at; at = smallerBatching(at))
      sizes.push(`${at.batch} × ${at.accumulation}`);
    expect(sizes).toEqual(['6 × 4', '3 × 8', '1 × 24']);
    expect(smallerBatching({ batch: 35, accumulation: 1 })).toEqual({ batch: 7, accumulation: 5 });
    expect(smallerBatching({ batch: 1, accumulation: 8 })).toBeNull();
  });

  it('keep two images where batch normalisation goes by the batch', () => {
    const least = (change: Record<string, unknown>) =>
      leastBatch(recipe.parse({ ...scratchRecipe, ...change }));
    expect(least({})).toBe(1);
    expect(least({ scratchNorm: 'batch' })).toBe(2);
    expect(least({ backbone: 'tiny', batchNorm: 'adapted' })).toBe(2);
    // A pretrained network has what it came with; a network from scratch has nothing to adapt.
    expect(least({ backbone: 'tiny', scratchNorm: 'batch' })).toBe(1);
    expect(least({ batchNorm: 'adapted' })).toBe(1);
    expect(smallerBatching({ batch: 4, accumulation: 1 }, 2)).toEqual({ batch: 2, accumulation: 2 });
    expect(smallerBatching({ batch: 2, accumulation: 2 }, 2)).toBeNull();
  });

  it('get smaller each time that a process was ended, whether it came to a checkpoint or not', () => {
    const full = { batch: 16, accumulation: 1 };
    const sizes = (told: Batching) => [1, 2, 3, 4, 5].map((ends) => afterEnds(full, told, ends, 1)?.batch);
    expect(sizes(full)).toEqual([8, 4, 2, 1, undefined]);
    // It had gone on with two by itself.
    expect(sizes({ batch: 2, accumulation: 8 })).toEqual([1, 1, 1, 1, undefined]);
    expect(sizes({ batch: 1, accumulation: 16 })).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(afterEnds(full, full, 4, 2)).toBeNull();
    expect(afterEnds(full, { batch: 8, accumulation: 2 }, 3, 1)).toEqual({ batch: 2, accumulation: 8 });
  });

  it('begin at the same image', () => {
    const state = { position: { batch: 3 } } as unknown as PhaseState;
    const from = { batch: 8, accumulation: 1 };
    expect(inParts(state, from, { batch: 2, accumulation: 4 }).position.batch).toBe(12);
  });
});

/** The manifest of a new run: another try of a test must not find the checkpoints of the one before. */
async function write(executor: ExecutorId = 'onnx', change: object = {}): Promise<string> {
  const { path, manifest } = await writeSmallRun(mkdtempSync(join(root, 'run-')), {
    images: 24,
    folds: [],
    recipe: {
      ...scratchRecipe,
      shape: 'square',
      size: SIDE,
      batchSize: 24,
      phases: [{ ...scratchRecipe.phases[0], epochs: 2, mixing: { mixup: 0.4, cutmix: 1 } }],
      ...change,
    },
  });
  const files = { ...manifest.files, libraries: libraryFolders };
  writeFileSync(path, JSON.stringify({ ...manifest, files, runtime: { threads: 1, executor } }));
  return path;
}

/** What is said before such a run is started, in bytes. */
function estimateOf(images: number): number {
  const whole = recipe.parse({ ...scratchRecipe, size: SIDE, batchSize: images });
  const work = { images, models: 1, aspect: 1, megapixels: 0.003, threads: 1, report: null, inputSize: 224 };
  return estimateWork({ ...whole, shape: 'square' }, work).memoryBytes;
}

/** What a finished run's record says of its batches. */
function batchingOf(events: readonly TrainerEvent[]) {
  const end = events.at(-1);
  expect(end, JSON.stringify(end)).toMatchObject({ type: 'done' });
  const { batching } = (end as Extract<TrainerEvent, { type: 'done' }>).record;
  return batching as { batch: number; accumulation: number; asked: number };
}

const smallerOnes = (events: readonly TrainerEvent[]) =>
  ofType(events, 'log').filter((event) => event.code === 'TRAIN_SMALLER_BATCH');

/** By epoch: one that a process did not come to keep is told again by the next. */
const lossesOf = (events: readonly TrainerEvent[]) =>
  new Map(ofType(events, 'epoch').map(({ metrics }) => [metrics.epoch, metrics.trainLoss]));

it('a run after two processes that were ended goes on with a quarter of the images at a time', async () => {
  const run = serve(await write(), true, 2);
  await run.end;
  expect(batchingOf(run.events)).toEqual({ batch: 6, accumulation: 4, asked: 24 });
  expect(smallerOnes(run.events)).toMatchObject([{ params: { before: 24, after: 6, step: 24 } }]);
  const beyond = serve(await write(), true, 5);
  expect(await beyond.end).toMatchObject({
    type: 'failed',
    code: 'OUT_OF_MEMORY',
    params: { fewest: 1, first: 1 },
  });
});

it('a run whose processes were ended while images were described goes on with fewer of them, its steps as they were', async () => {
  const { path, manifest } = await writeSmallRun(mkdtempSync(join(root, 'run-')), { folds: [] });
  const run = serve(path, true, 2);
  const end = await run.end;
  expect(end).toMatchObject({ type: 'done', record: { batching: { batch: 8, accumulation: 1 } } });
  const told = ofType(run.events, 'log').map(({ code, params }) => ({ code, ...params }));
  expect(told).toEqual([{ code: 'SMALLER_PASS', before: 8, after: 2 }]);
  // Now all are described: the next such end can only have been in a step.
  rmSync(manifest.files.folder, { recursive: true });
  const other = serve(path, true, 1);
  expect(await other.end).toMatchObject({ type: 'done', record: { batching: { batch: 4 } } });
  expect(ofType(other.events, 'log').map(({ code }) => code)).toEqual(['TRAIN_SMALLER_BATCH']);
});

it('where batch normalisation goes by the batch, a run with fewer at a time does not say that it learns the same', async () => {
  const run = serve(await write('onnx', { scratchNorm: 'batch' }), true, 1);
  expect(await run.end).toMatchObject({ type: 'done' });
  expect(smallerOnes(run.events)).toEqual([]);
  const codes = ofType(run.events, 'log').filter(({ code }) => code === 'TRAIN_SMALLER_STATISTICS');
  expect(codes).toMatchObject([{ params: { before: 24, after: 12, step: 24 } }]);
  expect(codes[0]!.message).not.toContain('the same');
});

// A library that does not expect memory to end in its midst may access what it did not get, and not say so: then another
// try is needed to see how it goes on.
const tries = { timeout: 300_000, retry: 4 };

describe.runIf(process.platform === 'linux')('a run under a memory limit', tries, () => {
  for (const id of ['onnx', 'openvino'] as const)
    describe(id, () => {
      it(`goes on with fewer images until they fit, learns the same, and says so${skipped[id]}`, async (context) => {
        if (skipped[id] !== '') return context.skip();
        const free = await train(await write(id), null);
        expect(batchingOf(free.events)).toMatchObject({ batch: 24, accumulation: 1 });
        if (id === 'onnx') {
          expect(estimateOf(24) / free.peak, 'the estimate before the start').toBeGreaterThan(0.5);
          expect(estimateOf(24) / free.peak).toBeLessThan(1.5);
        }
        // A third of what it took is too little for the whole and for half of it, and enough for what JavaScript needs.
        const limit = free.first + (free.most - free.first) / 3;
        const limited = await trainInProcesses(await write(id), limit);
        expect(limited.most).toBeLessThanOrEqual(limit);
        const { batch, accumulation } = batchingOf(limited.events);
        expect(batch).toBeLessThan(12);
        expect(batch * accumulation).toBe(24);
        const told = smallerOnes(limited.events);
        expect(told.at(-1)).toMatchObject({ level: 'warning', params: { after: batch, step: 24 } });
        const [whole, parts] = [lossesOf(free.events), lossesOf(limited.events)];
        expect(parts.size).toBe(2);
        for (const [epoch, loss] of parts) expect(Math.abs(loss / whole.get(epoch)! - 1)).toBeLessThan(1e-3);
        // With a tenth it goes on with single images, or says that not even those fit; nothing else happens.
        const tenth = free.first + (free.most - free.first) / 10;
        const { events } = await trainInProcesses(await write(id), tenth);
        if (events.at(-1)?.type === 'done') expect(batchingOf(events).batch).toBe(1);
        else {
          const params = { fewest: 1, first: 1 };
          expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'OUT_OF_MEMORY', params });
        }
      });
    });
});
