import type { StudioError } from '../../../shared/domain/errors.ts';
import { ahead } from '../../lib/ahead.ts';
import { release } from '../../lib/memory.ts';
import { grouped } from '../executors/batches.ts';
import type { Executor } from '../executors/types.ts';
import { outputsOnly } from '../graph/cut.ts';
import type { Graph } from '../graph/types.ts';
import { type ActivationCache, ensureRoom } from './activation-cache.ts';
import { plainView, type View, viewKey } from './augmentation/view.ts';
import { openForwardPass, type Said } from './forward-pass.ts';
import { narrowed } from './halves.ts';
import type { ImageFile } from './image-loader.ts';
import { openPixelPool } from './pixel-pool.ts';
import type { Sizing } from './resizer.ts';

/** An image whose activations are wanted. */
export interface PreparedImage extends ImageFile {
  readonly sha256: string;
}

/** Everything that is computed once per image: a frozen part, the cuts it ends at, the views it is shown. */
export interface Preparation extends Sizing {
  /** From resized pixels to the cuts; null where only the pixels are wanted. */
  readonly body: Graph | null;
  /** Caches of activations; their values are computed together in one pass. */
  readonly cuts: readonly ActivationCache[];
  /** Cache of the resized pixels, for networks that learn from them. */
  readonly pixels: ActivationCache | null;
  /** The views of an image, as many for each. */
  readonly views: (sha256: string) => readonly View[];
  readonly executor: Executor;
  readonly threads: number;
  /** So many processes before were ended for want of memory. */
  readonly smaller?: number;
}

/** How the pass reports and is stopped. */
export interface PreparationHooks {
  readonly onProgress: (done: number, total: number) => void;
  readonly onFailed: (image: number, error: StudioError) => void;
  /** Memory was too small for `before` images at a time. */
  readonly onSmaller: (before: number, after: number) => void;
  readonly breathe: () => Promise<void>;
}

/**
 * Brings the caches up to date for all images: those already there are not read again; files that cannot be read
 * are reported and left out. Throws NO_SPACE before anything is written where the disk is too small. Gives how many
 * views went through the frozen part.
 */
export async function prepare(
  preparation: Preparation,
  images: readonly PreparedImage[],
  hooks: PreparationHooks,
): Promise<number> {
  const missing = images.flatMap((image, index) =>
    isComplete(preparation, image) ? [] : [{ ...image, index }],
  );
  hooks.onProgress(images.length - missing.length, images.length);
  if (missing.length === 0) return 0;
  const { cuts, pixels, views } = preparation;
  await ensureRoom(lackingIn(preparation, missing));
  const pool = openPixelPool(preparation, preparation.threads);
  let pass: FrozenPass | null = null;
  let done = images.length - missing.length;
  async function* loaded(shown: (image: PreparedImage) => readonly View[]): AsyncGenerator<ShownView> {
    for await (const image of pool.load(missing, shown)) {
      await hooks.breathe();
      const { file } = image;
      if ('error' in image) hooks.onFailed(file.index, image.error);
      else {
        if (pixels && !pixels.has(file.sha256, viewKey(plainView)))
          await pixels.write(file.sha256, viewKey(plainView), image.pixels.plain);
        for (const [index, view] of shown(file).entries()) {
          yield { sha256: file.sha256, view: viewKey(view), pixels: image.pixels.views[index]! };
        }
      }
      hooks.onProgress(++done, images.length);
    }
  }
  try {
    if (cuts.length > 0) {
      pass = await openPass(preparation, hooks);
      return await pass.file(loaded(({ sha256 }) => views(sha256)));
    }
    for await (const _ of loaded(() => []));
    return 0;
  } finally {
    await pool.dispose();
    await pass?.dispose();
  }
}

/** What the frozen part is shown of an image once; its pixels are given back after that. */
interface ShownView {
  readonly sha256: string;
  readonly view: string;
  readonly pixels: Uint8Array;
}

function isComplete({ cuts, pixels, views }: Preparation, { sha256 }: PreparedImage): boolean {
  const keys = views(sha256).map(viewKey);
  return (
    cuts.every((cut) => keys.every((key) => cut.has(sha256, key))) &&
    (pixels === null || pixels.has(sha256, viewKey(plainView)))
  );
}

/** How many records each cache lacks: what one has another may have lost. */
function lackingIn(
  { cuts, pixels, views }: Preparation,
  images: readonly PreparedImage[],
): ReadonlyMap<ActivationCache, number> {
  const lacking = (cache: ActivationCache, shown: (sha256: string) => readonly View[]) =>
    images.reduce(
      (sum, { sha256 }) => sum + shown(sha256).filter((view) => !cache.has(sha256, viewKey(view))).length,
      0,
    );
  const wanted = new Map(cuts.map((cut) => [cut, lacking(cut, views)]));
  return pixels
    ? wanted.set(
        pixels,
        lacking(pixels, () => [plainView]),
      )
    : wanted;
}

/** Shows views to the frozen part and files what it says about them. */
interface FrozenPass {
  /** Gives how many there were. */
  readonly file: (views: AsyncIterable<ShownView>) => Promise<number>;
  readonly dispose: () => Promise<void>;
}

async function openPass(
  { body, cuts, shape, executor, threads, smaller = 0 }: Preparation,
  { onSmaller }: PreparationHooks,
): Promise<FrozenPass> {
  if (!body) throw new RangeError('Cuts need a frozen part that computes them.');
  const outputs = [...new Set(cuts.flatMap((cut) => cut.identity.values))];
  const network = outputsOnly(body, outputs);
  const pass = await openForwardPass({ network, outputs, shape, executor, threads, smaller, onSmaller });
  const show = async (rows: readonly ShownView[]) => {
    const said = await pass.answer(rows.map(({ pixels }) => pixels));
    for (const { pixels } of rows) release(pixels);
    return rows.map(({ sha256, view }, row) => ({ sha256, view, said: said[row]! }));
  };
  return {
    file: async (views) => {
      let filed = 0;
      for await (const rows of ahead(grouped(views, pass.rows), show, () => pass.width)) {
        filed += rows.length;
        for (const { sha256, view, said } of rows) {
          for (const cut of cuts)
            if (!cut.has(sha256, view)) await cut.write(sha256, view, recordOf(cut, said));
        }
      }
      return filed;
    },
    dispose: pass.dispose,
  };
}

/** One image's values at a cut, side by side, as precise as the cache keeps them. */
function recordOf(cut: ActivationCache, said: Said): Uint8Array {
  const values = new Float32Array(cut.length);
  let at = 0;
  for (const name of cut.identity.values) {
    const own = said.get(name)!;
    values.set(own, at);
    at += own.length;
  }
  const kept = cut.identity.storage === 'single' ? values : narrowed(values);
  return new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
}
