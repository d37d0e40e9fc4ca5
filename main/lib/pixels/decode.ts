import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from './bmp.ts';
import { explained, tooLarge } from './failures.ts';
import { infoOf } from './info.ts';
import { maxImagePixels } from './limits.ts';
import { bytesOf, type ImageSource, openSource, pipeline, rawPipeline, verifyBytes } from './source.ts';

/** What lies behind transparent pixels: white, as on paper; the same for display, training and prediction. */
const transparencyColour = '#ffffff';
/** Quality of thumbnails and converted images: no artefact shows at their size. */
const thumbnailQuality = 82;
const convertedQuality = 92;

/** Pixels of one image: rows from the top, three bytes (sRGB red, green, blue) a pixel. */
export type RgbImage = { readonly data: Uint8Array; readonly width: number; readonly height: number };
/** An encoded picture for the page. */
export type EncodedImage = {
  readonly data: Uint8Array;
  readonly type: 'image/webp' | 'image/jpeg';
  readonly width: number;
  readonly height: number;
};

/**
 * THE pixels of an image for training and prediction: full decode of the first page, EXIF orientation applied,
 * any colour space to sRGB, 16 bits to 8 (65535 → 255), grey to RGB, transparency on white. H×W×3 bytes.
 * `sha256`: what the file's bytes must be, where they were labeled.
 * Throws FILE_MISSING, NO_PERMISSION, FILE_UNREADABLE (other bytes: with reason `changed`), or IMAGE_TOO_LARGE beyond
 * `maxPixels` (default 268 million). `blocking`: the file is read in this very thread.
 */
export async function decodeRgb(
  path: string,
  options: { readonly maxPixels?: number; readonly sha256?: string; readonly blocking?: boolean } = {},
): Promise<RgbImage> {
  const source = await openSource(path, options);
  if (options.sha256 !== undefined) await verifyBytes(source, options.sha256);
  const limit = Math.min(options.maxPixels ?? maxImagePixels, maxImagePixels);
  return explained(path, async () => {
    // A JPEG has no depth or layout to refuse: its header is read apart only to explain a failure (0.4 ms a photo).
    if (source.format !== 'jpeg') await checkSize(source, limit);
    if (source.format === 'bmp') return decodeBmp(path, await bytesOf(source));
    const pixels = inSrgb(pipeline(source, { limitInputPixels: limit })).raw();
    const { data, info } = await pixels
      .toBuffer({ resolveWithObject: true })
      .catch(async (error: unknown) => {
        await checkSize(source, limit);
        throw error;
      });
    return {
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
      width: info.width,
      height: info.height,
    };
  });
}

async function checkSize(source: ImageSource, limit: number): Promise<void> {
  const { width, height } = await infoOf(source);
  if (width * height > limit) throw tooLarge(source.path, width, height, limit);
}

/**
 * A small picture that fits in `size` × `size` pixels, upright, never enlarged, as WebP. JPEGs are decoded at a
 * fraction of their size, so it may differ slightly from the pixels of {@link decodeRgb}; only for looking at.
 */
export async function renderThumbnail(path: string, size: number): Promise<EncodedImage> {
  return thumbnailOf(await openSource(path), size);
}

async function thumbnailOf(source: ImageSource, size: number): Promise<EncodedImage> {
  return explained(source.path, async () => {
    await infoOf(source);
    const small = (await upright(source)).resize(size, size, { fit: 'inside', withoutEnlargement: true });
    const { data, info } = await small
      .webp({ quality: thumbnailQuality, effort: 0 })
      .toBuffer({ resolveWithObject: true });
    return { data, type: 'image/webp', width: info.width, height: info.height };
  });
}

/** The whole image as a JPEG that any browser shows right, for files it cannot show itself (TIFF, BMP, CMYK). */
export async function renderForBrowser(path: string): Promise<EncodedImage> {
  const source = await openSource(path);
  return explained(path, async () => {
    await infoOf(source);
    const { data, info } = await (await upright(source))
      .jpeg({ quality: convertedQuality, chromaSubsampling: '4:4:4' })
      .toBuffer({ resolveWithObject: true });
    return { data, type: 'image/jpeg', width: info.width, height: info.height };
  });
}

async function upright(source: ImageSource): Promise<Sharp> {
  if (source.format !== 'bmp') return inSrgb(pipeline(source));
  const { data, width, height } = await decodeBmp(source.path, await bytesOf(source));
  return rawPipeline(data, width, height);
}

/** Pixels as a picture for the page, nearly without loss. */
export async function encodePicture(image: RgbImage): Promise<EncodedImage> {
  const { data } = await rawPipeline(image.data, image.width, image.height)
    .webp({ quality: convertedQuality, effort: 1 })
    .toBuffer({ resolveWithObject: true });
  return { data, type: 'image/webp', width: image.width, height: image.height };
}

/**
 * What a picture looks like after it was stored as a JPEG of this quality (1…100, colours at half resolution, as
 * cameras and web pages store them) and read again. The same pixels give the same answer every time.
 */
export async function jpegRoundTrip(image: RgbImage, quality: number): Promise<RgbImage> {
  const stored = await rawPipeline(image.data, image.width, image.height)
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
  const { data } = await sharp(stored).raw().toBuffer({ resolveWithObject: true });
  return { ...image, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

function inSrgb(image: Sharp): Sharp {
  return image.flatten({ background: transparencyColour }).toColourspace('srgb');
}
