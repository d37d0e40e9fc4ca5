import type { Augmentation } from '../../../shared/contract/augmentation.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { elementCount, floatsFromHalf, floatTensor, tensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { ActivationCache } from './activation-cache.ts';
import { freshView } from './augmentation/draw.ts';
import { renderView } from './augmentation/render.ts';
import { plainView, type View, viewKey } from './augmentation/view.ts';
import type { Canvas } from './augmentation/warp.ts';

/** How the view of each image is taken: by a seed for each row, or as the kept one of this number; null: as it is. */
export type Draw = readonly number[] | number | null;

/** Gives the inputs of a batch by image; the same call gives the same numbers, whatever was read before. */
export interface Samples {
  /** Views that are kept of each image; 1 where they are drawn anew each time. */
  readonly views: number;
  /** Feeds of `size` rows for these images, the rows beyond them zero. */
  readonly batch: (
    images: readonly number[],
    size: number,
    draw: Draw,
  ) => Promise<ReadonlyMap<string, Tensor>>;
}

/** Records up to this many bytes in all are kept in memory; larger sets are read from the disk's own cache. */
const MEMORY_BUDGET = 512 * 1024 * 1024;

/** Cached activations as batches: each image in a random one of its cached views, widened to float32. */
export function activationSamples(
  cache: ActivationCache,
  hashes: readonly string[],
  viewsOf: (sha256: string) => readonly View[],
): Samples {
  const views = hashes.map((sha256) => viewsOf(sha256).map(viewKey));
  const { values, dims } = cache.identity;
  const lengths = dims.map(elementCount);
  const read = reader(cache, hashes.length * (views[0]?.length ?? 0));
  return {
    views: views[0]?.length ?? 1,
    batch: async (images, size, draw) => {
      const feeds = lengths.map((length) => new Float32Array(size * length));
      for (const [row, image] of images.entries()) {
        const own = views[image]!;
        const view = own[positionOf(draw, row, own.length)]!;
        const numbers = numbersOf(cache, await read(hashes[image]!, view));
        let at = 0;
        for (const [index, length] of lengths.entries()) {
          feeds[index]!.set(numbers.subarray(at, at + length), row * length);
          at += length;
        }
      }
      return new Map(
        values.map((name, index) => [name, floatTensor([size, ...dims[index]!], feeds[index]!)]),
      );
    },
  };
}

function positionOf(draw: Draw, row: number, views: number): number {
  if (typeof draw === 'number') return draw;
  return draw && views > 1 ? createRandom(draw[row]!).below(views) : 0;
}

function numbersOf({ identity, length }: ActivationCache, bytes: Uint8Array): Float32Array {
  return identity.storage === 'single'
    ? new Float32Array(bytes.buffer, bytes.byteOffset, length)
    : floatsFromHalf(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
}

/** Cached pixels as batches, each image in a freshly drawn view: for networks that learn from the image itself. */
export function pixelSamples(
  cache: ActivationCache,
  hashes: readonly string[],
  options: {
    readonly augmentation: Augmentation;
    readonly seed: number;
    readonly mean: Canvas['mean'];
    readonly input: string;
  },
): Samples {
  const { height, width } = cache.identity;
  const { augmentation, seed, mean, input } = options;
  const canvas = { height, width, mean };
  const read = reader(cache, hashes.length);
  return {
    views: 1,
    batch: async (images, size, draw) => {
      const feed = new Uint8Array(size * cache.length);
      for (const [row, image] of images.entries()) {
        const sha256 = hashes[image]!;
        const pixels = await read(sha256, viewKey(plainView));
        const view =
          draw !== null && typeof draw !== 'number'
            ? freshView(augmentation, { seed, sha256, number: draw[row]! }, canvas)
            : plainView;
        await renderView(pixels, canvas, view, feed, row * cache.length);
      }
      return new Map([[input, tensor('uint8', [size, 3, height, width], feed)]]);
    },
  };
}

/** Reads records, each from the disk only once where all of them fit in memory. */
function reader(cache: ActivationCache, records: number) {
  const kept = records * cache.recordBytes <= MEMORY_BUDGET ? new Map<string, Uint8Array>() : null;
  return async (sha256: string, view: string): Promise<Uint8Array> => {
    const key = `${sha256}/${view}`;
    const known = kept?.get(key);
    if (known) return known;
    const bytes = await cache.read(sha256, view);
    if (!bytes) {
      throw new StudioError(
        'FILE_UNREADABLE',
        'A cached feature disappeared or was damaged while training. Resume the run: it is computed again.',
        { file: 'cache', reason: 'damaged' },
      );
    }
    kept?.set(key, bytes);
    return bytes;
  };
}
