import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunShape } from '../../../main/trainer/data/run-shape.ts';
import { type ExecutorSet, executorsFor } from '../../../main/trainer/executors/roles.ts';
import { assemble } from '../../../main/trainer/loop/assemble.ts';
import { cutBelow } from '../../../main/trainer/loop/body.ts';
import { closeCaches, openCaches } from '../../../main/trainer/loop/run-caches.ts';
import { type Backbone, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { writeSmallRun } from '../support/small-run.ts';
import { TINY } from '../support/tiny-backbone.ts';

let root: string;
let manifest: TrainManifest;
let backbone: Backbone;
let computing: ExecutorSet;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-caches-'));
  ({ manifest } = await writeSmallRun(root, { images: 1 }));
  backbone = await loadBackbone(manifest.files.backbones, TINY);
  computing = await executorsFor(manifest.runtime, manifest.files);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Otherwise {
  readonly recipe?: Partial<TrainManifest['recipe']>;
  readonly card?: Partial<Backbone['card']>;
  readonly shape?: Partial<RunShape>;
  readonly forward?: Partial<ExecutorSet['used']['forward']>;
  readonly training?: Partial<ExecutorSet['used']['training']>;
  /** How many blocks learn above the cut. */
  readonly learning?: number;
}

/** Name of the folder in which a run keeps what it computes below its last blocks. */
async function folderOf({
  recipe,
  card,
  shape,
  forward,
  training,
  learning = 1,
}: Otherwise): Promise<string> {
  const { used } = computing;
  const rules = { ...manifest.recipe, ...recipe };
  const size: RunShape = { height: 32, width: 32, fit: 'pad', ...shape };
  const network = { ...backbone, card: { ...backbone.card, ...card } };
  const assembly = assemble(rules, network, size, 3);
  const cut = cutBelow(assembly.body!, learning);
  const caches = await openCaches(
    { ...manifest, recipe: rules },
    {
      backbone: network,
      shape: size,
      assembly,
      cuts: [cut],
      computing: {
        ...computing,
        used: {
          forward: { ...used.forward, ...forward },
          training: { ...used.training, ...training },
        },
      },
    },
  );
  try {
    return caches.get(cut.values.join(' '))!.place.folder.name;
  } finally {
    await closeCaches(caches);
  }
}

test('activations are kept apart by everything that decides them, and by nothing else', async () => {
  const usual = await folderOf({});
  const { recipe } = manifest;
  for (const same of [
    {},
    { training: { id: 'openvino', version: '1' } },
    {
      recipe: {
        seed: 99,
        batchSize: 2,
        augmentation: { ...recipe.augmentation, flipVertical: true, views: 4 },
      },
    },
  ] satisfies Otherwise[])
    expect(await folderOf(same)).toBe(usual);
  const others = [
    { forward: { id: 'openvino' } },
    { forward: { version: 'another' } },
    { recipe: { cachePrecision: 'single' } },
    { recipe: { foldedBatchNorm: true } },
    { card: { sha256: 'f'.repeat(64) } },
    { card: { mean: [1, 2, 3] } },
    { card: { std: [1, 2, 3] } },
    { shape: { height: 64 } },
    { shape: { width: 64 } },
    { shape: { fit: 'stretch' } },
    { learning: 2 },
    // Pixels themselves: no network and no executor has touched them.
    { learning: 3 },
  ] satisfies Otherwise[];
  const names = await Promise.all(others.map(folderOf));
  expect(new Set([usual, ...names]).size).toBe(others.length + 1);
  const pixels = await folderOf({ learning: 3 });
  const other = { forward: { id: 'openvino' }, recipe: { cachePrecision: 'single' } } satisfies Otherwise;
  expect(await folderOf({ learning: 3, ...other })).toBe(pixels);
  // What is filled in around them is the network's mean colour.
  expect(await folderOf({ learning: 3, card: { mean: [1, 2, 3] } })).not.toBe(pixels);
});
