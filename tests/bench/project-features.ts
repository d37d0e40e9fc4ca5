import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { sampleFolder } from '../../main/cli/demo/sample.ts';
import { resourcesFolder } from '../../main/cli/studio.ts';
import { openActivationCache } from '../../main/trainer/data/activation-cache.ts';
import { plainView } from '../../main/trainer/data/augmentation/view.ts';
import { PIXEL_PIPELINE } from '../../main/trainer/data/pixel-stage.ts';
import { type PreparedImage, prepare } from '../../main/trainer/data/prepare.ts';
import type { RunShape } from '../../main/trainer/data/run-shape.ts';
import { onnxExecutor } from '../../main/trainer/executors/onnx/executor.ts';
import { outputsOnly } from '../../main/trainer/graph/cut.ts';
import { foldBatchNormalization } from '../../main/trainer/graph/fold-batch-normalization.ts';
import { tensor } from '../../main/trainer/graph/tensor.ts';
import { type Body, buildBody, cutBelow } from '../../main/trainer/loop/body.ts';
import { openBackbone } from '../../main/trainer/loop/model-files.ts';
import { withBatch } from '../../main/trainer/networks/attach.ts';
import { PIXELS } from '../../main/trainer/networks/input-stage.ts';
import { type BenchPart, type BenchRow, median, rounded } from './row.ts';

const BACKBONE = 'efficientnet_lite0';
const BATCH = 8;
const PAIRS = 5;
const SMALL_IMAGES = 120;
const LARGE_IMAGES = 16;
const threads = availableParallelism();

type Setting = {
  readonly body: Body;
  readonly shape: RunShape;
  readonly mean: readonly [number, number, number];
};

async function setting(shape: RunShape): Promise<Setting> {
  const backbone = await openBackbone(join(resourcesFolder, 'backbones'), BACKBONE);
  return {
    body: buildBody(backbone, shape, { multiLevel: true, folded: false }),
    shape,
    mean: backbone.card.mean,
  };
}

async function listed(folder: string, limit: number): Promise<PreparedImage[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).slice(0, limit);
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return {
        path,
        sha256: createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      };
    }),
  );
}

/** Images a second from the files to the cached features, nothing cached before. */
async function wholeRate({ body, shape, mean }: Setting, images: readonly PreparedImage[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-features-'));
  const { values, dims } = cutBelow(body, 0);
  const pixels = PIXEL_PIPELINE;
  const identity = {
    backbone: BACKBONE,
    executor: 'onnx',
    values,
    dims,
    storage: 'half' as const,
    ...shape,
    pixels,
  };
  const cache = await openActivationCache(folder, identity, { shardName: 'bench' });
  const preparation = {
    body: body.graph,
    cuts: [cache],
    pixels: null,
    views: () => [plainView],
    shape,
    mean,
    executor: onnxExecutor,
    threads,
  };
  const hooks = {
    onProgress: () => undefined,
    onFailed: (_: number, error: Error) => {
      throw error;
    },
    breathe: async () => undefined,
  };
  try {
    const began = performance.now();
    await prepare(preparation, images, hooks);
    return (images.length * 1000) / (performance.now() - began);
  } finally {
    await cache.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Images a second through the same frozen part, pixels at hand; compiling counts on both sides. */
async function backboneRate({ body, shape }: Setting, images: number): Promise<number> {
  const { values } = cutBelow(body, 0);
  const pixels = new Uint8Array(BATCH * 3 * shape.height * shape.width).fill(127);
  const feeds = new Map([[PIXELS, tensor('uint8', [BATCH, 3, shape.height, shape.width], pixels)]]);
  const began = performance.now();
  const graph = foldBatchNormalization(withBatch(outputsOnly(body.graph, [...values]), BATCH));
  const program = await onnxExecutor.compile(graph, { state: [], threads });
  for (let done = 0; done < images; done += BATCH) await program.run(feeds, [...values]);
  const rate = (images * 1000) / (performance.now() - began);
  await program.dispose();
  return rate;
}

async function compare(of: Setting, images: readonly PreparedImage[]) {
  const whole: number[] = [];
  const alone: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    whole.push(await wholeRate(of, images));
    alone.push(await backboneRate(of, images.length));
  }
  return {
    whole: median(whole),
    alone: median(alone),
    ratio: median(whole.map((rate, index) => rate / (alone[index] ?? 1))),
  };
}

async function* measureFeatures(): AsyncGenerator<BenchRow> {
  const small = await setting({ height: 224, width: 448, fit: 'pad' });
  const leaves = await compare(small, await listed(join(sampleFolder, 'images'), SMALL_IMAGES));
  yield {
    group: 'project',
    name: 'features-rate',
    value: rounded(leaves.whole),
    unit: 'images/s, 512×256 JPEGs',
    target: '≥ 0.8 × the backbone alone',
    ratio: rounded(leaves.ratio),
    peer: rounded(leaves.alone),
    pass: leaves.ratio >= 0.8,
  };
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-photos-'));
  try {
    await writeLargePhotos(folder);
    const large = await compare(
      await setting({ height: 224, width: 288, fit: 'pad' }),
      await listed(folder, LARGE_IMAGES),
    );
    yield {
      group: 'project',
      name: 'features-rate-12mp',
      value: rounded(large.whole),
      unit: 'images/s, 4000×3000 JPEGs',
      target: 'shown',
      ratio: rounded(large.ratio),
      peer: rounded(large.alone),
      pass: null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves enlarged to twelve megapixels with grain, so that they take as long to decode as a camera's photos. */
async function writeLargePhotos(folder: string): Promise<void> {
  const images = await listed(join(sampleFolder, 'images'), LARGE_IMAGES);
  for (const [index, { path }] of images.entries()) {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 12 };
    const grain = await sharp({
      create: { width: 4000, height: 3000, channels: 3, background: '#808080', noise },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const photo = await sharp(path)
      .resize(4000, 3000, { fit: 'fill' })
      .composite([{ input: grain, blend: 'soft-light' }])
      .jpeg({ quality: 90 })
      .toBuffer();
    await writeFile(join(folder, `${index}.jpg`), photo);
  }
}

/** Feature rows of group `project`. */
export const featureParts: readonly BenchPart[] = [
  { names: ['features-rate', 'features-rate-12mp'], measure: measureFeatures },
];
