import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../main/shell/setup/paths.ts';
import { freshView } from '../../../main/trainer/data/augmentation/draw.ts';
import { renderView } from '../../../main/trainer/data/augmentation/render.ts';
import { loadImages } from '../../../main/trainer/data/image-loader.ts';
import { compileResizer, resize } from '../../../main/trainer/data/resizer.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { tensor } from '../../../main/trainer/graph/tensor.ts';
import { buildBody } from '../../../main/trainer/loop/body.ts';
import { openBackbone } from '../../../main/trainer/loop/model-files.ts';
import { withBatch } from '../../../main/trainer/networks/attach.ts';
import { FEATURES } from '../../../main/trainer/networks/features.ts';
import { PIXELS } from '../../../main/trainer/networks/input-stage.ts';
import type { Augmentation } from '../../../shared/contract/augmentation.ts';
import { augmentationPresets, noAugmentation, presetSettings } from '../../../shared/domain/augmentation.ts';
import { type BenchPart, type BenchRow, median, rounded } from '../row.ts';

const SIDE = 224;
const BATCH = 8;
/** Views a round, and rounds; between two rounds the network runs, so that both meet the same machine. */
const VIEWS = 24;
const ROUNDS = 9;
/** A view should take less than a tenth of the frozen network's time for an image. */
const GOAL = 10;

const only = (change: Partial<Augmentation>): Augmentation => ({ ...noAugmentation, ...change });
const cases: Readonly<Record<string, Augmentation>> = {
  ...Object.fromEntries(augmentationPresets.map((preset) => [preset, presetSettings(preset)])),
  flips: only({ flipHorizontal: true, flipVertical: true }),
  rotation: only({ rotation: 30 }),
  crop: only({ crop: 0.5 }),
  perspective: only({ perspective: 0.5 }),
  light: only({ brightness: 0.2, contrast: 0.2 }),
  saturation: only({ saturation: 0.2 }),
  hue: only({ hue: 0.1 }),
  blur: only({ blur: 1 }),
  noise: only({ noise: 0.1 }),
  jpeg: only({ jpeg: 50 }),
  erasing: only({ erasing: 0.3 }),
  'rand-augment': only({ randAugment: { operations: 2, magnitude: 9, kinds: 'all' } }),
};
const rowName = (name: string) => `view-${name}`;

/** Views a second of 224×224 photos, one thread, against the default network's frozen forward pass, two threads. */
async function* measureViews(): AsyncGenerator<BenchRow> {
  const backbone = await openBackbone(join(root, 'resources', 'backbones'), 'efficientnet_lite0');
  const { mean } = backbone.card;
  const shape = { width: SIDE, height: SIDE, fit: 'stretch' } as const;
  const photos = await resizedPhotos(shape, mean);
  const body = buildBody(backbone, shape, { multiLevel: true, folded: false });
  const graph = foldBatchNormalization(withBatch(body.graph, BATCH));
  const network = await onnxExecutor.compile(graph, { state: [], threads: 2 });
  const feeds = new Map([
    [PIXELS, tensor('uint8', [BATCH, 3, SIDE, SIDE], new Uint8Array(BATCH * 3 * SIDE * SIDE).fill(127))],
  ]);
  const target = new Uint8Array(3 * SIDE * SIDE);
  try {
    for (const [name, settings] of Object.entries(cases)) {
      const view: number[] = [];
      const forward: number[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const began = performance.now();
        for (let each = 0; each < VIEWS; each++) {
          const number = round * VIEWS + each;
          const drawn = freshView(settings, { seed: 1, sha256: 'f'.repeat(64), number }, shape);
          await renderView(photos[each % photos.length]!, { ...shape, mean }, drawn, target, 0);
        }
        const between = performance.now();
        await network.run(feeds, [FEATURES]);
        if (round === 0) continue;
        view.push((between - began) / VIEWS);
        forward.push((performance.now() - between) / BATCH);
      }
      const [own, peer] = [1000 / median(view), 1000 / median(forward)];
      yield {
        group: 'train',
        name: rowName(name),
        value: rounded(own),
        unit: 'views/s, 224×224',
        target: `≥ ${GOAL} × forward`,
        ratio: rounded(own / peer),
        peer: rounded(peer),
        pass: own / peer >= GOAL,
      };
    }
  } finally {
    await network.dispose();
  }
}

async function resizedPhotos(
  shape: { readonly width: number; readonly height: number; readonly fit: 'stretch' },
  mean: readonly [number, number, number],
): Promise<Uint8Array[]> {
  const folder = join(root, 'resources', 'sample', 'images');
  const names = (await readdir(folder)).sort().slice(0, 8);
  const resizer = await compileResizer({ shape, mean }, 1);
  const photos: Uint8Array[] = [];
  for await (const loaded of loadImages(names.map((name) => ({ path: join(folder, name) })))) {
    if ('error' in loaded) throw loaded.error;
    photos.push(await resize(resizer, loaded.pixels));
  }
  await resizer.dispose();
  return photos;
}

/** Rows of group `train` about views. */
export const augmentationParts: readonly BenchPart[] = [
  { names: Object.keys(cases).map(rowName), measure: measureViews },
];
