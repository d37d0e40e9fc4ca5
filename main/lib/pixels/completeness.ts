import { isCutShort, readBmpHeader } from './bmp.ts';
import { explained, unreadable } from './failures.ts';
import { type ImageSource, pipeline, sourceOf } from './source.ts';

/**
 * Throws FILE_UNREADABLE for an image that ends too early. A copy that was interrupted has a good header, so the
 * end is looked at; only where it is not as it should be, the whole image is decoded to be sure. Damage in the
 * middle is found when the image is first drawn.
 */
export async function checkComplete(path: string, data: Buffer): Promise<void> {
  const source = sourceOf(path, data);
  if (endsWell(source, data)) return;
  if (source.format === 'bmp') throw unreadable(path, 'the file is cut short');
  await explained(path, () => pipeline(source).resize(8, 8, { fit: 'fill' }).raw().toBuffer());
}

function endsWell({ format, path }: ImageSource, data: Buffer): boolean {
  const tail = data.subarray(Math.max(0, data.length - 12)).toString('latin1');
  switch (format) {
    case 'jpeg':
      return tail.endsWith('\xff\xd9');
    case 'png':
      return tail.includes('IEND');
    case 'gif':
      return tail.endsWith(';');
    case 'webp':
      return data.readUInt32LE(4) + 8 <= data.length;
    case 'bmp':
      return !isCutShort(readBmpHeader(path, data), data.length);
    case 'tiff':
    case 'avif':
      // Their directories name what lies where; a missing part shows when it is drawn.
      return true;
  }
}
