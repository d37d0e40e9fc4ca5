import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateWork } from '../../../main/engine/training/estimate.ts';
import { inParts, leastBatch, smallerBatching } from '../../../main/trainer/loop/batching.ts';
import type { PhaseState } from '../../../main/trainer/loop/phase-run.ts';
import { recipe } from '../../../shared/contract/recipe.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { ofType } from '../support/serve.ts';
import { scratchRecipe, writeSmallRun } from '../support/small-run.ts';
import { train } from '../support/trainer-memory.ts';

/** Large enough for images to take far more memory than what JavaScript does beside them. */
const SIDE = 320;

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

  it('begin at the same image', () => {
    const state = { position: { batch: 3 } } as unknown as PhaseState;
    const from = { batch: 8, accumulation: 1 };
    expect(inParts(state, from, { batch: 2, accumulation: 4 }).position.batch).toBe(12);
  });
});

async function write(name: string): Promise<string> {
  const { path } = await writeSmallRun(join(root, name), {
    images: 24,
    folds: [],
    recipe: {
      ...scratchRecipe,
      shape: 'square',
      size: SIDE,
      batchSize: 24,
      phases: [{ ...scratchRecipe.phases[0], epochs: 2 }],
      // Draws depend on the parts; without them the two runs can be compared.
      head: { hidden: null, dropout: 0 },
      augmentation: { flipHorizontal: false, flipVertical: false, brightness: 0, contrast: 0, views: 1 },
    },
  });
  return path;
}

/** What is said before such a run is started, in bytes. */
function estimateOf(images: number): number {
  const whole = recipe.parse({ ...scratchRecipe, size: SIDE, batchSize: images });
  const work = { images, models: 1, aspect: 1, megapixels: 0.003, threads: 1, report: null, inputSize: 224 };
  return estimateWork({ ...whole, shape: 'square' }, work).memoryBytes;
}

describe.runIf(process.platform === 'linux')('a run under a memory limit', () => {
  it('goes on with fewer images at a time, learns the same, and says so', { timeout: 300_000 }, async () => {
    const free = await train(await write('free'), null);
    expect(free.events.at(-1)).toMatchObject({
      type: 'done',
      record: { batching: { batch: 24, accumulation: 1 } },
    });
    expect(estimateOf(24) / free.peak, 'the estimate before the start').toBeGreaterThan(0.5);
    expect(estimateOf(24) / free.peak).toBeLessThan(1.5);
    // Half of what it took is too little for the whole, and enough for a part and what JavaScript needs.
    const limit = free.first + (free.most - free.first) / 2;
    const limited = await train(await write('limited'), limit);
    const end = limited.events.at(-1);
    expect(end, JSON.stringify(end)).toMatchObject({ type: 'done' });
    expect(limited.most).toBeLessThanOrEqual(limit);
    const { batching } = (end as Extract<TrainerEvent, { type: 'done' }>).record as {
      batching: { batch: number; accumulation: number; asked: number };
    };
    expect(batching.batch).toBeLessThan(24);
    expect(batching.batch * batching.accumulation).toBe(24);
    const told = ofType(limited.events, 'log').filter((event) => event.code === 'TRAIN_SMALLER_BATCH');
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ level: 'warning', params: { before: 24, step: 24 } });
    const losses = (events: readonly TrainerEvent[]) =>
      ofType(events, 'epoch').map((event) => event.metrics.trainLoss);
    const [whole, parts] = [losses(free.events), losses(limited.events)];
    expect(parts).toHaveLength(2);
    for (const [at, loss] of parts.entries()) expect(Math.abs(loss / whole[at]! - 1)).toBeLessThan(1e-3);
  });
});
