import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type TrainManifest, trainManifest } from '../../../shared/contract/trainer.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { TINY, writeTinyBackbone } from './tiny-backbone.ts';

/** What a small run may differ in from the usual one. */
export interface SmallRunOptions {
  readonly images?: number;
  readonly classes?: number;
  readonly folds?: readonly number[];
  readonly finalModel?: boolean;
  readonly task?: 'singleLabel' | 'multiLabel';
  readonly recipe?: Record<string, unknown>;
  readonly seed?: number;
  /** File with what is known to compute fastest; absent: nothing is timed. */
  readonly findings?: string;
}

const headPhase = {
  name: 'head',
  trainableBlocks: [],
  epochs: 12,
  learningRate: 0.02,
  backboneFactor: 0.1,
  blockDecay: 0.75,
  weightDecay: 0.01,
  schedule: 'cosine',
  warmUp: 0.1,
} as const;

/** A recipe for the tiny backbone: feature extraction, then its last block. */
export const tinyRecipe = {
  strategy: 'hybrid',
  backbone: TINY,
  shape: 'aspect',
  size: null,
  features: 'multiLevel',
  head: { hidden: null, dropout: 0.1 },
  phases: [
    headPhase,
    { ...headPhase, name: 'fineTuning', trainableBlocks: ['head'], epochs: 4, learningRate: 0.005 },
  ],
  batchSize: 8,
  labelSmoothing: 0.05,
  classWeights: 'none',
  clipNorm: 1,
  augmentation: { flipHorizontal: true, flipVertical: false, brightness: 0, contrast: 0, views: 2 },
  earlyStopping: { patience: null, holdOut: 0 },
  foldedBatchNorm: false,
  seed: 1,
} as const;

/** A run from scratch on pixels. */
export const scratchRecipe = {
  ...tinyRecipe,
  strategy: 'scratch',
  backbone: null,
  size: 32,
  phases: [{ ...headPhase, name: 'scratch', epochs: 3, learningRate: 0.003 }],
} as const;

/** Writes photos, backbone and manifest of a small run below `root`; classes differ in colour, so that they can be learned. */
export async function writeSmallRun(
  root: string,
  options: SmallRunOptions = {},
): Promise<{ readonly manifest: TrainManifest; readonly path: string }> {
  const { images = 24, classes = 3, task = 'singleLabel' } = options;
  const photos = join(root, 'photos');
  await mkdir(photos, { recursive: true });
  const backbones = await writeTinyBackbone(join(root, 'backbones'));
  const entries = [];
  for (let index = 0; index < images; index++) {
    const label = index % classes;
    const path = join(photos, `${index}.png`);
    await writeFile(path, await photo(index, label));
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const labels = task === 'multiLabel' && index % 5 === 0 ? [label, (label + 1) % classes] : [label];
    const fold = Math.floor(index / classes) % 2;
    entries.push({ id: index + 1, path, sha256, width: 64, height: 48, labels, fold, group: `g${index}` });
  }
  const folder = join(root, 'run');
  await mkdir(folder, { recursive: true });
  const raw = {
    version: 1,
    job: 'train',
    run: 'run1',
    task,
    recipe: { ...tinyRecipe, ...options.recipe, seed: options.seed ?? 1 },
    classes: Array.from({ length: classes }, (_, index) => ({ id: index + 1, name: `class ${index}` })),
    images: entries,
    folds: options.folds ?? [0, 1],
    finalModel: options.finalModel ?? true,
    files: { folder, cache: join(root, 'cache'), backbones, findings: options.findings },
    runtime: { threads: 1, executor: 'auto' },
    program: 'test',
  };
  const path = join(root, 'manifest.json');
  await writeFile(path, JSON.stringify(raw));
  return { manifest: trainManifest.parse(raw), path };
}

/** A 64×48 photo of seeded noise around the colour of its class. */
async function photo(index: number, label: number): Promise<Buffer> {
  const random = createRandom(1000 + index);
  const pixels = new Uint8Array(64 * 48 * 3);
  for (let at = 0; at < pixels.length; at++) {
    pixels[at] = (at % 3 === label % 3 ? 150 : 90) + random.below(60);
  }
  return sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toBuffer();
}
