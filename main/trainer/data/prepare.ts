import type { StudioError } from '../../../shared/domain/errors.ts';
import { onnxExecutor } from '../executors/onnx/executor.ts';
import type { Executor, Program } from '../executors/types.ts';
import { outputsOnly } from '../graph/cut.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { elementCount, tensor } from '../graph/tensor.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { withBatch } from '../networks/attach.ts';
import { PIXELS } from '../networks/input-stage.ts';
import type { ActivationCache } from './activation-cache.ts';
import { renderView } from './augmentation/render.ts';
import { plainView, type View, viewKey } from './augmentation/view.ts';
import { narrowed } from './halves.ts';
import { type ImageFile, loadImages } from './image-loader.ts';
import { IMAGE, pixelStage, RESIZED } from './pixel-stage.ts';
import type { RunShape } from './run-shape.ts';

/** Rows the frozen part is run with; always full, so that no value depends on how many images were missing. */
const BATCH = 8;

/** An image whose activations are wanted. */
export interface PreparedImage extends ImageFile {
  readonly sha256: string;
}

/** Everything that is computed once per image: a frozen part, the cuts it ends at, the views it is shown. */
export interface Preparation {
  /** From resized pixels to the cuts; null where only the pixels are wanted. */
  readonly body: Graph | null;
  /** Caches of activations; their values are computed together in one pass. */
  readonly cuts: readonly ActivationCache[];
  /** Cache of the resized pixels, for networks that learn from them. */
  readonly pixels: ActivationCache | null;
  /** The views of an image, as many for each. */
  readonly views: (sha256: string) => readonly View[];
  readonly shape: RunShape;
  readonly mean: readonly [number, number, number];
  readonly executor: Executor;
  readonly threads: number;
}

/** How the pass reports and is stopped. */
export interface PreparationHooks {
  readonly onProgress: (done: number, total: number) => void;
  readonly onFailed: (image: number, error: StudioError) => void;
  readonly breathe: () => Promise<void>;
}

/**
 * Brings the caches up to date for all images: those already there are not read again; files that cannot be read
 * are reported and left out. Throws NO_SPACE before anything is written where the disk is too small.
 */
export async function prepare(
  preparation: Preparation,
  images: readonly PreparedImage[],
  hooks: PreparationHooks,
): Promise<void> {
  const missing = images.flatMap((image, index) =>
    isComplete(preparation, image) ? [] : [{ ...image, index }],
  );
  hooks.onProgress(images.length - missing.length, images.length);
  if (missing.length === 0) return;
  const { cuts, pixels, views } = preparation;
  const rendered = missing.reduce((sum, { sha256 }) => sum + views(sha256).length, 0);
  for (const cut of cuts) await cut.ensureSpace(rendered);
  await pixels?.ensureSpace(missing.length);
  const resizer = await compileResizer(preparation);
  const pass = cuts.length > 0 ? await openPass(preparation) : null;
  try {
    let done = images.length - missing.length;
    for await (const loaded of loadImages(missing)) {
      await hooks.breathe();
      if ('error' in loaded) hooks.onFailed(loaded.file.index, loaded.error);
      else {
        const resized = await resize(resizer, loaded.pixels);
        await pixels?.write(loaded.file.sha256, viewKey(plainView), resized);
        await pass?.add(loaded.file.sha256, resized);
      }
      hooks.onProgress(++done, images.length);
    }
    await pass?.flush();
  } finally {
    await resizer.dispose();
    await pass?.program.dispose();
  }
}

/** The program that brings decoded images of any size to the run's shape. */
export function compileResizer(options: Pick<Preparation, 'shape' | 'mean' | 'threads'>): Promise<Program> {
  const graph = pixelStage(options.shape, options.mean);
  // Always the reference: pixels are the same bytes, whatever runs the network.
  return onnxExecutor.compile(graph, { state: [], threads: options.threads });
}

/** Resized pixels of a decoded image: uint8 planes [3, height, width]. */
export async function resize(
  resizer: Program,
  image: { readonly data: Uint8Array; readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const feeds = new Map([[IMAGE, tensor('uint8', [1, image.height, image.width, 3], image.data)]]);
  return (await resizer.run(feeds, [RESIZED])).get(RESIZED)!.data as Uint8Array;
}

function isComplete({ cuts, pixels, views }: Preparation, { sha256 }: PreparedImage): boolean {
  const keys = views(sha256).map(viewKey);
  return (
    cuts.every((cut) => keys.every((key) => cut.has(sha256, key))) &&
    (pixels === null || pixels.has(sha256, viewKey(plainView)))
  );
}

/** Collects views into full batches and files what the frozen part says about them. */
async function openPass({ body, cuts, views, shape, mean, executor, threads }: Preparation) {
  if (!body) throw new RangeError('Cuts need a frozen part that computes them.');
  const wanted = [...new Set(cuts.flatMap((cut) => cut.identity.values))];
  const frozen = foldBatchNormalization(withBatch(outputsOnly(body, wanted), BATCH));
  const program = await executor.compile(frozen, { state: [], threads });
  const canvas = { ...shape, mean };
  const pixelCount = 3 * shape.height * shape.width;
  const input = new Uint8Array(BATCH * pixelCount);
  let rows: { sha256: string; view: string }[] = [];
  const flush = async () => {
    if (rows.length === 0) return;
    const feed = tensor('uint8', [BATCH, 3, shape.height, shape.width], input);
    const results = await program.run(new Map([[PIXELS, feed]]), wanted);
    for (const cut of cuts) {
      for (const [row, { sha256, view }] of rows.entries()) {
        if (!cut.has(sha256, view)) await cut.write(sha256, view, recordOf(cut, results, row));
      }
    }
    rows = [];
  };
  const add = async (sha256: string, pixels: Uint8Array) => {
    for (const view of views(sha256)) {
      await renderView(pixels, canvas, view, input, rows.length * pixelCount);
      rows.push({ sha256, view: viewKey(view) });
      if (rows.length === BATCH) await flush();
    }
  };
  return { program, add, flush };
}

/** One image's values at a cut, side by side, as precise as the cache keeps them. */
function recordOf(cut: ActivationCache, results: ReadonlyMap<string, Tensor>, row: number): Uint8Array {
  const values = new Float32Array(cut.length);
  let at = 0;
  for (const [index, name] of cut.identity.values.entries()) {
    const length = elementCount(cut.identity.dims[index]!);
    values.set((results.get(name)!.data as Float32Array).subarray(row * length, (row + 1) * length), at);
    at += length;
  }
  const kept = cut.identity.storage === 'single' ? values : narrowed(values);
  return new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
}
