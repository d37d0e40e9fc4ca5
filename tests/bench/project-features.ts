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
const SMALL_IMAGES = 1000;
const LARGE_IMAGES = 48;
/** Large photographs are slow to make. */
const LARGE_PHOTOS = 16;
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

/** The photographs of a folder. */
async function listed(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  return names.map((name) => join(folder, name));
}

/**
 * So many files of a project of usual size, made of fewer photographs: what follows a JPEG's end is no part of the
 * picture, so that every copy is a file of its own and decodes like its original.
 */
async function copies(photos: readonly string[], count: number, folder: string): Promise<PreparedImage[]> {
  const images: PreparedImage[] = [];
  for (let index = 0; index < count; index++) {
    const original = await readFile(photos[index % photos.length]!);
    const bytes = Buffer.concat([original, Buffer.from(String(index))]);
    const path = join(folder, `copy-${index}.jpg`);
    await writeFile(path, bytes);
    images.push({ path, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return images;
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
    onSmaller: () => undefined,
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
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-photos-'));
  try {
    const leaves = await listed(join(sampleFolder, 'images'));
    const small = await compare(
      await setting({ height: 224, width: 448, fit: 'pad' }),
      await copies(leaves, SMALL_IMAGES, folder),
    );
    yield {
      ...rowOf(small, { name: 'features-rate', of: '512×256 JPEGs' }),
      target: '≥ 0.8 × the backbone alone',
      pass: small.ratio >= 0.8,
    };
    const large = await compare(
      await setting({ height: 224, width: 288, fit: 'pad' }),
      await copies(await writeLargePhotos(leaves, folder), LARGE_IMAGES, folder),
    );
    yield {
      ...rowOf(large, { name: 'features-rate-12mp', of: '4000×3000 JPEGs' }),
      target: 'shown',
      pass: null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function rowOf(
  { whole, alone, ratio }: Awaited<ReturnType<typeof compare>>,
  { name, of }: { readonly name: string; readonly of: string },
) {
  const unit = `images/s, ${of}`;
  return { group: 'project', name, value: rounded(whole), unit, ratio: rounded(ratio), peer: rounded(alone) };
}

/** Leaves enlarged to twelve megapixels with grain, so that they take as long to decode as a camera's photos. */
async function writeLargePhotos(leaves: readonly string[], folder: string): Promise<string[]> {
  const photos: string[] = [];
  for (const [index, leaf] of leaves.slice(0, LARGE_PHOTOS).entries()) {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 12 };
    const grain = await sharp({
      create: { width: 4000, height: 3000, channels: 3, background: '#808080', noise },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const photo = await sharp(leaf)
      .resize(4000, 3000, { fit: 'fill' })
      .composite([{ input: grain, blend: 'soft-light' }])
      .jpeg({ quality: 90 })
      .toBuffer();
    const path = join(folder, `${index}.jpg`);
    await writeFile(path, photo);
    photos.push(path);
  }
  return photos;
}

/** Feature rows of group `project`. */
export const featureParts: readonly BenchPart[] = [
  { names: ['features-rate', 'features-rate-12mp'], measure: measureFeatures },
];
