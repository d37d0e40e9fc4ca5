import { StudioError } from '../../../shared/domain/errors.ts';
import { ahead } from '../../lib/ahead.ts';
import { startThread } from '../../lib/threads.ts';
import type { View } from './augmentation/view.ts';
import { type ImageFile, windowOf } from './image-loader.ts';
import type { Sizing } from './resizer.ts';

/** What a network is shown of an image file: uint8 planes [3, height, width]. */
export interface InputPixels {
  /** The resized image itself. */
  readonly plain: Uint8Array;
  /** The views that were asked for, in their order. */
  readonly views: readonly Uint8Array[];
  /** Bytes that the decoded image held. */
  readonly decodedBytes: number;
}

/** What became of a file: its pixels, or why there are none. */
export type LoadedPixels<File extends ImageFile> =
  | { readonly file: File; readonly pixels: InputPixels }
  | { readonly file: File; readonly error: StudioError };

export interface PixelRequest extends ImageFile {
  readonly views: readonly View[];
}

/**
 * Threads that decode, resize and draw views while the caller's own thread is inside a network: runs of ONNX Runtime
 * hold the thread that starts them, and half of the pixels' work would wait for its turn.
 */
export interface PixelPool {
  /** Images in the order of the files, loaded ahead of the caller; unreadable ones come out as errors in their place. */
  readonly load: <File extends ImageFile>(
    files: readonly File[],
    views: (file: File) => readonly View[],
  ) => AsyncGenerator<LoadedPixels<File>>;
  readonly dispose: () => Promise<void>;
}

/** Beyond so many, decoding is faster than any network on the same machine. */
const MOST_WORKERS = 4;

/** Starts the threads: one for every two that the network may use. */
export function openPixelPool({ shape, mean }: Sizing, threads: number): PixelPool {
  const count = Math.max(1, Math.min(MOST_WORKERS, Math.floor(threads / 2)));
  const workers = Array.from({ length: count }, () =>
    startThread<PixelRequest, InputPixels>('pixel-worker', import.meta.url, { shape, mean }),
  );
  let turn = 0;

  async function* load<File extends ImageFile>(
    files: readonly File[],
    views: (file: File) => readonly View[],
  ): AsyncGenerator<LoadedPixels<File>> {
    const window = windowOf();
    const loadOne = async (file: File): Promise<LoadedPixels<File>> => {
      const { path, sha256 } = file;
      const request = { path, views: views(file), ...(sha256 !== undefined && { sha256 }) };
      try {
        const pixels = await workers[turn++ % count]!.ask(request);
        window.seen(pixels.decodedBytes);
        return { file, pixels };
      } catch (error) {
        // A thread that failed itself is no fault of the file.
        if (error instanceof StudioError) return { file, error };
        throw error;
      }
    };
    yield* ahead(files, loadOne, window.width);
  }

  return {
    load,
    dispose: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
