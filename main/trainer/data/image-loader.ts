import type { StudioError } from '../../../shared/domain/errors.ts';
import { ahead } from '../../lib/ahead.ts';
import { decodeRgb } from '../../lib/pixels/index.ts';
import { asStudioError } from '../jobs/errors.ts';
import { readPatiently } from './read-patiently.ts';

/** An image file to decode; `sha256` where its bytes must still be those that were labeled. */
export interface ImageFile {
  readonly path: string;
  readonly sha256?: string;
}

/** What became of a file: its pixels (uint8 RGB, interleaved), or why there are none. */
export type LoadedImage<File extends ImageFile> =
  | {
      readonly file: File;
      readonly pixels: { readonly data: Uint8Array; readonly width: number; readonly height: number };
    }
  | { readonly file: File; readonly error: StudioError };

/** Images decoded ahead of the one that is being used: the whole next batch while this one is computed, */
const AHEAD = 12;
/** as long as so many bytes of pixels hold them all. */
const AHEAD_BYTES = 256 * 1024 * 1024;

/**
 * How many images to load ahead: as many as fit in memory by the largest seen so far, twelve at most; one alone at
 * first, when nothing is known yet of how large they are.
 */
export function windowOf(): { readonly width: () => number; readonly seen: (bytes: number) => void } {
  let largest: number | null = null;
  return {
    width: () => Math.max(1, Math.min(AHEAD, Math.floor(AHEAD_BYTES / (largest ?? AHEAD_BYTES)))),
    seen: (bytes) => {
      largest = Math.max(largest ?? 0, bytes);
    },
  };
}

/** Decodes files in order while the caller computes; unreadable files come out as errors in their place. */
export function loadImages<File extends ImageFile>(
  files: readonly File[],
): AsyncGenerator<LoadedImage<File>> {
  const window = windowOf();
  return ahead(
    files,
    async (file) => {
      const loaded = await load(file);
      if ('pixels' in loaded) window.seen(loaded.pixels.data.byteLength);
      return loaded;
    },
    window.width,
  );
}

async function load<File extends ImageFile>(file: File): Promise<LoadedImage<File>> {
  try {
    const { path, sha256 } = file;
    const decode = () => decodeRgb(path, sha256 === undefined ? {} : { sha256 });
    return { file, pixels: await readPatiently(path, decode) };
  } catch (error) {
    return { file, error: asStudioError(error) };
  }
}
