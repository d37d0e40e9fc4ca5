import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { createNodeLauncher } from '../../../main/lib/node-launcher.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import type { trainManifest } from '../../../shared/contract/trainer.ts';
import { tinyRecipe } from '../../trainer/support/small-run.ts';
import { topologyFile } from '../../trainer/support/topologies.ts';
import { type BenchRow, rounded } from '../row.ts';
import { comparePairs, measurePeer } from './measure.ts';

const IMAGES = 1000;
const EPOCHS = 10;
const NETWORK = 'mobilenetv2';

/** A folder of photographs, 512×256, among the real images for tests; null where they are not at hand. */
async function photographs(): Promise<readonly string[] | null> {
  const data = process.env.ENXERTO_TEST_DATA;
  if (!data) return null;
  const folder = join(data, 'coffee-leaves');
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const photos = names.filter((name) => /\.jpe?g$/i.test(name)).sort();
  return photos.length < IMAGES ? null : photos.slice(0, IMAGES).map((name) => join(folder, name));
}

/** MobileNetV2 with its card, as a backbone that a run can name. */
async function writeBackbone(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bytes = topologyFile(NETWORK, 'legacy');
  const graph = readOnnx(bytes);
  const classifier = graph.nodes.findLast((node) => node.operator === 'Gemm')!;
  const pool = graph.nodes.find((node) => node.operator === 'GlobalAveragePool')!;
  const card = {
    name: NETWORK,
    licence: { weights: 'none: random' },
    onnx: { file: `${NETWORK}.onnx`, sha256: createHash('sha256').update(bytes).digest('hex') },
    input: {
      name: graph.inputs[0]!.name,
      size: [224, 224],
      any_size: true,
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
    },
    network: {
      features_output: classifier.inputs[0],
      feature_count: 1280,
      stages: [{ name: 'all', output: pool.inputs[0] }],
      multi_level: [],
    },
  };
  await writeFile(join(folder, `${NETWORK}.onnx`), bytes);
  await writeFile(join(folder, `${NETWORK}.json`), JSON.stringify(card));
}

async function writeManifest(root: string, photos: readonly string[]): Promise<string> {
  const backbones = join(root, 'backbones');
  await writeBackbone(backbones);
  const images = await Promise.all(
    photos.map(async (path, index) => ({
      id: index + 1,
      path,
      sha256: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      width: 512,
      height: 256,
      labels: [index % 5],
      fold: 0,
      group: `photo-${index}`,
    })),
  );
  const [head] = tinyRecipe.phases;
  const manifest = {
    version: 1,
    job: 'train',
    run: 'bench',
    task: 'singleLabel',
    recipe: {
      ...tinyRecipe,
      strategy: 'featureExtraction',
      backbone: NETWORK,
      shape: 'square',
      features: 'last',
      head: { hidden: 1024, dropout: 0 },
      phases: [{ ...head, trainableBlocks: [], epochs: EPOCHS, learningRate: 1e-3 }],
      batchSize: 32,
      labelSmoothing: 0,
      augmentation: { ...tinyRecipe.augmentation, flipHorizontal: false, views: 1 },
    },
    classes: Array.from({ length: 5 }, (_, index) => ({ id: index + 1, name: `class ${index}` })),
    images,
    folds: [],
    finalModel: true,
    files: { folder: join(root, 'run'), cache: join(root, 'cache'), backbones, libraries: [] },
    runtime: { threads: 2, executor: 'auto' },
    program: 'bench',
  } satisfies z.input<typeof trainManifest>;
  const path = join(root, 'manifest.json');
  await writeFile(path, JSON.stringify(manifest));
  return path;
}

/** Seconds from the start of a trainer process to its end: decoding, resizing, features, ten epochs, saving. */
async function ownSeconds(photos: readonly string[]): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'enxerto-bench-frozen-'));
  try {
    const manifest = await writeManifest(root, photos);
    const began = performance.now();
    const trainer = await createNodeLauncher().launch('bench');
    let failure: string | null = null;
    trainer.onEvent((event) => {
      if (event.type === 'ready') trainer.send({ type: 'start', manifest, resume: false });
      if (event.type === 'failed') failure = event.message;
    });
    await new Promise((resolve) => trainer.onExit(resolve));
    if (failure !== null) throw new Error(failure);
    return (performance.now() - began) / 1000;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Ten epochs of a frozen backbone over a thousand photographs, against the textbooks' program with its cache. */
export async function* measureFrozenJpeg(): AsyncGenerator<BenchRow> {
  const photos = await photographs();
  const data = process.env.ENXERTO_TEST_DATA ?? '';
  const compared = photos && {
    ...(await comparePairs(
      () => ownSeconds(photos),
      () =>
        measurePeer('keras_jpeg.py', [
          join(data, 'coffee-leaves'),
          ...['--images', `${IMAGES}`, '--epochs', `${EPOCHS}`, '--threads', '2', '--cache'],
        ]),
      { own: (seconds) => 1 / seconds, peer: ({ seconds }) => 1 / seconds },
    )),
  };
  const ratio = compared?.ratio ?? null;
  yield {
    group: 'train',
    name: 'frozen-jpeg',
    value: compared?.value ? rounded(1 / compared.value) : null,
    unit: photos ? `s, ${IMAGES} JPEGs, ${EPOCHS} epochs` : 's (skipped: no test data)',
    target: '≥ 5 × Keras with .cache()',
    ratio: ratio && rounded(ratio),
    peer: compared?.peerValue ? rounded(1 / compared.peerValue) : null,
    pass: ratio === null ? null : ratio >= 5,
    details: { peer: compared?.peer?.peer ?? null },
  };
}
