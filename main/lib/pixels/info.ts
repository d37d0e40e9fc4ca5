import type { Metadata } from 'sharp';
import { readBmpHeader } from './bmp.ts';
import { takenAtOf } from './exif.ts';
import { explained, tooLarge, unreadable } from './failures.ts';
import type { ImageFormat } from './formats.ts';
import { maxImagePixels } from './limits.ts';
import { bytesOf, type ImageSource, openSource, pipeline, sourceOf } from './source.ts';

/** What an image's header says, without decoding it. */
export type ImageInfo = {
  readonly format: ImageFormat;
  /** Pixels as shown, after EXIF orientation; 1 or more. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation 1–8; 1 where the file has none. */
  readonly orientation: number;
  /** Pages of a TIFF or frames of an animation; the first one is what the studio shows and learns from. */
  readonly pages: number;
  /** Bits of one channel of one pixel as stored: 1, 2, 4, 8, 16 or 32. */
  readonly bitDepth: number;
  readonly channels: number;
  readonly hasAlpha: boolean;
  readonly isCmyk: boolean;
  /** When the photo was taken as its camera wrote it, `YYYY-MM-DDTHH:MM:SS` without a zone; `null` if unknown. */
  readonly takenAt: string | null;
  /** A browser shows it as it is, upright and in the right colours. */
  readonly isBrowserImage: boolean;
};

/**
 * Reads an image's header. Throws StudioError FILE_MISSING, NO_PERMISSION, FILE_UNREADABLE (with the reason)
 * or IMAGE_TOO_LARGE (over 268 megapixels).
 */
export async function readInfo(path: string): Promise<ImageInfo> {
  return infoOf(await openSource(path));
}

/** {@link readInfo} of bytes that are in memory already; `path` is for messages only. */
export async function readInfoOf(path: string, data: Buffer): Promise<ImageInfo> {
  return infoOf(sourceOf(path, data));
}

/** {@link readInfo} of an opened source. */
export async function infoOf(source: ImageSource): Promise<ImageInfo> {
  return explained(source.path, async () => {
    if (source.format === 'bmp') return bmpInfo(source);
    // The limit is checked below, so that the message can say how large the image is.
    const metadata = await pipeline(source, { limitInputPixels: false }).metadata();
    return infoFromMetadata(source, metadata);
  });
}

function infoFromMetadata(source: ImageSource, metadata: Metadata): ImageInfo {
  const { width, height } = metadata.autoOrient;
  if (width * height > maxImagePixels) throw tooLarge(source.path, width, height);
  const depth = bitsOf[metadata.depth ?? ''];
  if (depth === undefined) {
    throw unreadable(
      source.path,
      `its pixels are measured values (${metadata.depth}), not 8 or 16-bit colours; convert it to 8 or 16 bits first`,
    );
  }
  const channels = metadata.channels ?? 3;
  if (channels > 4 + (metadata.hasAlpha ? 1 : 0)) {
    throw unreadable(source.path, `it has ${channels} channels; only grey, RGB and CMYK are supported`);
  }
  const isCmyk = metadata.space === 'cmyk';
  return {
    format: source.format,
    width,
    height,
    orientation: metadata.orientation ?? 1,
    pages: metadata.pages ?? 1,
    bitDepth: metadata.bitsPerSample ?? depth,
    channels,
    hasAlpha: metadata.hasAlpha ?? false,
    isCmyk,
    takenAt: metadata.exif ? takenAtOf(metadata.exif) : null,
    isBrowserImage: source.format !== 'tiff' && !isCmyk,
  };
}

const bitsOf: Readonly<Record<string, number>> = { uchar: 8, ushort: 16 };

async function bmpInfo(source: ImageSource): Promise<ImageInfo> {
  const { width, height, bitsPerPixel } = readBmpHeader(source.path, await bytesOf(source));
  if (width * height > maxImagePixels) throw tooLarge(source.path, width, height);
  return {
    format: 'bmp',
    width,
    height,
    orientation: 1,
    pages: 1,
    bitDepth: bitsPerPixel < 8 ? bitsPerPixel : bitsPerPixel === 16 ? 5 : 8,
    channels: 3,
    hasAlpha: false,
    isCmyk: false,
    takenAt: null,
    isBrowserImage: false,
  };
}
