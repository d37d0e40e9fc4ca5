import { basename } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import { fileFailure } from '../file-failure.ts';
import { maxImagePixels } from './limits.ts';

/** The file cannot be shown or learnt from; says why and what to do. */
export function unreadable(path: string, reason: string, cause?: unknown): StudioError {
  return new StudioError(
    'FILE_UNREADABLE',
    `${path} cannot be read: ${reason}. Replace the file with a good copy or leave it out.`,
    { file: basename(path), reason },
    cause === undefined ? undefined : { cause },
  );
}

/** The image has more pixels than the studio (or the caller's limit) takes. */
export function tooLarge(path: string, width: number, height: number, limit = maxImagePixels): StudioError {
  const megapixels = Math.floor(limit / 1_000_000);
  return new StudioError(
    'IMAGE_TOO_LARGE',
    `${path} has ${width} × ${height} pixels; the limit is ${megapixels} megapixels. Cut it into smaller images.`,
    { file: basename(path), width, height, limit: megapixels },
  );
}

/** Runs a decoder and says its failures in our words, with the decoder's first line as the reason. */
export async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const known = fileFailure(path, error);
    if (known instanceof StudioError) throw known;
    throw unreadable(path, reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/premature end|truncat|unexpected end|unable to read|not enough data|read past|end of file/i.test(text))
    return 'the file is cut short';
  if (/timeout/i.test(text)) return 'decoding takes too long';
  const line = text.split('\n', 1)[0] ?? '';
  return `its data is damaged (${line.trim().slice(0, 120)})`;
}
