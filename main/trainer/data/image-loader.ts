import type { StudioError } from '../../../shared/domain/errors.ts';
import { decodeRgb } from '../../lib/pixels/index.ts';
import { asStudioError } from '../jobs/errors.ts';

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
 * Decodes files in order while the caller computes: as many are under way or waiting as fit in memory by the
 * largest seen so far, twelve at most. Unreadable files come out as errors in their place.
 */
export async function* loadImages<File extends ImageFile>(
  files: readonly File[],
): AsyncGenerator<LoadedImage<File>> {
  const waiting: Promise<LoadedImage<File>>[] = [];
  let next = 0;
  // One alone at first: nothing is known yet of how large these images are.
  let largest = AHEAD_BYTES;
  while (next < files.length || waiting.length > 0) {
    const ahead = Math.max(1, Math.min(AHEAD, Math.floor(AHEAD_BYTES / largest)));
    while (next < files.length && waiting.length < ahead) waiting.push(load(files[next++]!));
    const loaded = await waiting.shift()!;
    if ('pixels' in loaded) {
      const { byteLength } = loaded.pixels.data;
      largest = largest === AHEAD_BYTES ? byteLength : Math.max(largest, byteLength);
    }
    yield loaded;
  }
}

async function load<File extends ImageFile>(file: File): Promise<LoadedImage<File>> {
  try {
    const { path, sha256 } = file;
    return { file, pixels: await decodeRgb(path, sha256 === undefined ? {} : { sha256 }) };
  } catch (error) {
    return { file, error: asStudioError(error) };
  }
}
