import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { pipeline as streams } from 'node:stream/promises';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { StudioError } from '../../../shared/domain/errors.ts';
import { explained, unreadable } from './failures.ts';
import { type ImageFormat, sniffBytes, sniffFormat } from './formats.ts';
import { decodeSeconds, maxImagePixels, wholeFileBytes } from './limits.ts';

/**
 * The one place where libvips is set up. Its file cache would show an image's old bytes after the file was
 * replaced, and all loaders but those we name are switched off: images are hostile input.
 */
sharp.cache({ files: 0, items: 0, memory: 0 });
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}`),
});

/** Threads one image is decoded with; 1 where many images are decoded side by side. */
export function configurePixels(options: { readonly threadsPerImage: number }): void {
  sharp.concurrency(options.threadsPerImage);
}

/** An image file whose kind is known: its bytes, or its path where it is too large to read whole. */
export type ImageSource = {
  readonly path: string;
  readonly format: ImageFormat;
  readonly data: Buffer | string;
};

/**
 * Opens a file and tells its format by its first bytes; errors name the file and what it is instead. `blocking`: the
 * thread waits for the disk itself, which is 0.2 ms faster a photo, for threads that have nothing else to do.
 */
export async function openSource(
  path: string,
  { blocking = false }: { readonly blocking?: boolean } = {},
): Promise<ImageSource> {
  return explained(path, async () => {
    if (blocking && statSync(path).size <= wholeFileBytes) return sourceOf(path, readFileSync(path));
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > wholeFileBytes) {
        const head = Buffer.alloc(sniffBytes);
        await handle.read(head, 0, sniffBytes, 0);
        return { path, format: formatOf(path, head), data: path };
      }
      return sourceOf(path, await handle.readFile());
    } finally {
      await handle.close();
    }
  });
}

/** An image whose bytes are already in memory (the importer reads a file once for hash and header). */
export function sourceOf(path: string, data: Buffer): ImageSource {
  return { path, format: formatOf(path, data), data };
}

function formatOf(path: string, head: Buffer): ImageFormat {
  if (head.length === 0) throw unreadable(path, 'the file is empty (0 bytes)');
  const format = sniffFormat(head);
  if (typeof format === 'object') throw unreadable(path, `it is ${format.other}`);
  return format;
}

/** Throws FILE_UNREADABLE unless a source's bytes are still those of `sha256`; what is in memory is not read again. */
export async function verifyBytes({ path, data }: ImageSource, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  if (typeof data === 'string') await explained(path, () => streams(createReadStream(data), hash));
  else hash.update(data);
  if (hash.digest('hex') === sha256) return;
  throw new StudioError(
    'FILE_UNREADABLE',
    `${path} has changed since it was labeled. Check its labels in the studio and accept the new image.`,
    { file: path, reason: 'changed' },
  );
}

/** All bytes of a source, for the decoder that is not libvips. */
export async function bytesOf(source: ImageSource): Promise<Buffer> {
  return typeof source.data === 'string' ? readFile(source.data) : source.data;
}

/** libvips on a source with our rules: damaged files fail, EXIF orientation is applied, pixels are limited. */
export function pipeline(source: ImageSource, options: SharpOptions = {}): Sharp {
  return sharp(source.data, {
    failOn: 'error',
    autoOrient: true,
    limitInputPixels: maxImagePixels,
    ...options,
  }).timeout({ seconds: decodeSeconds });
}

/** libvips on pixels that another decoder made. */
export function rawPipeline(data: Uint8Array, width: number, height: number): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } }).timeout({ seconds: decodeSeconds });
}
