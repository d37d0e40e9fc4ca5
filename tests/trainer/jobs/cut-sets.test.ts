import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openActivationCache } from '../../../main/trainer/data/activation-cache.ts';
import { PIXEL_PIPELINE } from '../../../main/trainer/data/pixel-stage.ts';
import { prepare } from '../../../main/trainer/data/prepare.ts';
import { activationSamples } from '../../../main/trainer/data/samples.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { buildBody, type Cut, cutBelow } from '../../../main/trainer/loop/body.ts';
import { viewsOf } from '../../../main/trainer/loop/run-caches.ts';
import { loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { FEATURES } from '../../../main/trainer/networks/features.ts';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import { adopt } from '../support/adopt.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { inPieces, ofType, serve } from '../support/serve.ts';
import { tinyRecipe, writeSmallRun } from '../support/small-run.ts';
import { topologyFile } from '../support/topologies.ts';

const blocks = ['encoder', 'deepest', 'decoder.0', 'decoder.1', 'decoder.2', 'decoder.3'];
const [head, tuning] = tinyRecipe.phases;
const shape = { height: 64, width: 64, fit: 'pad' } as const;

/** A network with skip connections, taken as a person's own. */
let root: string;
let report: AdoptionReport;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-cut-sets-'));
  const network = join(root, 'unet.onnx');
  await writeFile(network, topologyFile('unet', 'legacy'));
  const taken = await adopt(root, { network, reference: null, scaling: 'imagenet' });
  report = taken.report!;
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A run whose blocks learn one after the other, from the last to `decoder.1`, which reads four values. */
async function writeRun(name: string) {
  const { manifest, path } = await writeSmallRun(join(root, name), {
    folds: [0],
    recipe: {
      backbone: 'mine',
      features: 'last',
      cachePrecision: 'single',
      phases: [
        { ...head, epochs: 2 },
        {
          ...tuning,
          trainableBlocks: blocks.slice(3),
          epochs: 4,
          unfreezing: { kind: 'schedule', start: 0, every: 1 },
          mixing: { mixup: 0.4, cutmix: 0 },
        },
      ],
    },
  });
  const files = { ...manifest.files, backbones: join(root, 'mine') };
  await writeFile(path, JSON.stringify({ ...manifest, files }));
  return { manifest: { ...manifest, files }, path };
}

const weightsOf = (name: string, file = 'weights.safetensors') => readFile(join(root, name, 'run', file));

test('a network with skip connections can be frozen up to every level of it, and it is said what is kept there', () => {
  expect(report.report.blocks.map(({ id }) => id)).toEqual(blocks);
  expect(report.trainable).toEqual({ first: 'encoder', reason: null });
  const maps = (...of: readonly (readonly [channels: number, side: number])[]) =>
    of.reduce((sum, [channels, side]) => sum + channels * side ** 2, 0);
  const skipped = [
    [8, 64],
    [16, 32],
  ] as const;
  expect(report.report.blocks.map(({ cutValues }) => cutValues)).toEqual([
    null,
    maps(...skipped, [32, 16], [64, 8]),
    maps(...skipped, [32, 16], [128, 8]),
    maps(...skipped, [32, 16], [64, 8]),
    maps(...skipped, [32, 16]),
    maps([16, 64]),
  ]);
});

test('what is kept at a cut of several values gives the features of the whole network, for every view', async () => {
  const { manifest } = await writeRun('kept');
  const backbone = await loadBackbone(join(root, 'mine'), 'mine');
  const body = buildBody(backbone, shape, { multiLevel: false, folded: false });
  const cut = cutBelow(body, 3);
  expect(cut.values).toHaveLength(4);
  const open = ({ values, dims }: Cut) =>
    openActivationCache(
      join(root, 'kept', 'cache'),
      {
        ...{ backbone: 'mine', executor: 'onnx', storage: 'single', pixels: PIXEL_PIPELINE },
        ...{ values, dims, ...shape },
      },
      { shardName: 'test' },
    );
  const caches = [await open(cut), await open(cutBelow(body, 0))] as const;
  const views = viewsOf(manifest.recipe, shape);
  await prepare(
    {
      ...{ body: body.graph, cuts: caches, pixels: null, views, shape },
      ...{ mean: backbone.card.mean, executor: onnxExecutor, threads: 1 },
    },
    manifest.images,
    {
      onProgress: () => undefined,
      onFailed: (_, error) => {
        throw error;
      },
      onSmaller: () => undefined,
      breathe: async () => undefined,
    },
  );
  const hashes = manifest.images.map(({ sha256 }) => sha256);
  const [kept, features] = caches.map((cache) => activationSamples(cache, hashes, views));
  expect(kept!.views).toBe(2);
  const rows = [3, 0, 7, 11];
  for (const view of [0, 1]) {
    const found = await runGraph(cut.suffix!, await kept!.batch(rows, rows.length, view));
    const expected = await features!.batch(rows, rows.length, view);
    expect(maxDifference(found.get(FEATURES), expected.get(FEATURES))).toBeLessThan(1e-5);
  }
  for (const cache of caches) await cache.close();
});

test('it is trained above cuts of several values, alike when it is stopped and resumed and when all is computed again', async () => {
  const whole = await writeRun('whole');
  const run = serve(whole.path);
  expect(await run.end).toMatchObject({ type: 'done' });
  const learned = ofType(run.events, 'progress').map(({ progress }) => progress.trainableBlocks.join(' '));
  expect(new Set(learned)).toEqual(
    new Set(['', 'decoder.3', 'decoder.2 decoder.3', 'decoder.1 decoder.2 decoder.3']),
  );
  const losses = ofType(run.events, 'epoch').map(({ metrics }) => metrics.trainLoss);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  const changed = readSafetensors(join(root, 'whole', 'run', 'weights.safetensors'));
  expect(changed.has('decoder.1.0.weight')).toBe(true);
  expect([...changed.keys()].filter((name) => /^(encoder|deepest|up\.0|decoder\.0)/.test(name))).toEqual([]);

  const parts = await writeRun('parts');
  expect(await inPieces(parts.path, [2, 3])).toMatchObject({ type: 'done' });
  for (const file of ['weights.safetensors', 'fold-0.safetensors'])
    expect((await weightsOf('parts', file)).equals(await weightsOf('whole', file)), file).toBe(true);

  const before = await weightsOf('whole');
  await rm(join(root, 'whole', 'cache'), { recursive: true });
  expect(await serve(whole.path).end).toMatchObject({ type: 'done' });
  expect((await weightsOf('whole')).equals(before)).toBe(true);
});
