import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWebAssembly } from '../../../main/trainer/executors/tfjs/runtime.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, writeSmallRun } from '../support/small-run.ts';
import { fill } from '../support/wasm-memory.ts';

const IMAGES = 24;
const MEGABYTE = 2 ** 20;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-wasm-memory-'));
});
afterAll(() => rm(root, { recursive: true }));

async function train(name: string): Promise<readonly TrainerEvent[]> {
  const { path } = await writeSmallRun(join(root, name), {
    images: IMAGES,
    folds: [],
    recipe: {
      ...scratchRecipe,
      shape: 'square',
      size: 64,
      batchSize: IMAGES,
      phases: [{ ...scratchRecipe.phases[0], epochs: 2 }],
      // Draws depend on the parts; without them the two runs can be compared.
      head: { hidden: null, dropout: 0 },
      augmentation: { flipHorizontal: false, flipVertical: false, brightness: 0, contrast: 0, views: 1 },
    },
  });
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...manifest, runtime: { threads: 1, executor: 'tfjs-wasm' } }));
  const run = serve(path);
  await run.end;
  return run.events;
}

const lossesOf = (events: readonly TrainerEvent[]) =>
  ofType(events, 'epoch').map(({ metrics }) => metrics.trainLoss);

it('a run that fills all memory of WebAssembly goes on with fewer images until they fit', {
  timeout: 120_000,
}, async () => {
  const free = await train('free');
  expect(free.at(-1)).toMatchObject({ type: 'done', record: { batching: { batch: IMAGES } } });
  const memory = fill(await startWebAssembly(), MEGABYTE);
  const begin = async (name: string) => {
    const events = await train(name);
    return { events, end: events.at(-1)!, told: ofType(events, 'log').map(({ params }) => params.after) };
  };
  const nothing = await begin('nothing left');
  expect(nothing.told).toEqual([12, 6, 3, 1]);
  expect(nothing.end).toMatchObject({ type: 'failed', code: 'OUT_OF_MEMORY', params: { fewest: 1 } });
  memory.leave(16 * MEGABYTE);
  let some = nothing;
  // What the weights take is beside the point: the first run that comes to its end has what suffices for a few images.
  for (let at = 0; at < 10 && some.end.type !== 'done'; at++) {
    memory.leave(8 * MEGABYTE);
    some = await begin(`some left ${at}`);
  }
  memory.clear();
  expect(some.told.length).toBeGreaterThan(1);
  const batch = some.told.at(-1);
  expect(some.end).toMatchObject({
    type: 'done',
    record: { batching: { batch, accumulation: IMAGES / Number(batch), asked: IMAGES } },
  });
  const [whole, parts] = [lossesOf(free), lossesOf(some.events)];
  expect(parts).toHaveLength(2);
  for (const [at, loss] of parts.entries()) expect(Math.abs(loss / whole[at]! - 1)).toBeLessThan(1e-3);
});
