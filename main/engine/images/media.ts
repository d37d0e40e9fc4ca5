import { stat } from 'node:fs/promises';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { fileFailure } from '../../lib/file-failure.ts';
import { readInfo, renderForBrowser } from '../../lib/pixels/index.ts';
import type { EngineContext } from '../context.ts';
import { type ImageFile, imageFile } from '../stores/images.ts';
import { previewFile } from '../training/preview-file.ts';
import { cachePath, exists, writeCacheFile } from './cache-file.ts';
import { pathOf } from './places.ts';
import { readFiles } from './reader.ts';
import { imagesOf } from './service.ts';

/** A file that the shell may stream to the page. */
export type MediaFile = { readonly path: string; readonly mime: string };

/** What a browser draws by itself, upright and in the right colours. CMYK JPEGs are looked at one by one. */
const browserTypes: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
};

/**
 * The file behind a `media://` url: the thumbnail (drawn now if it is not in the cache) or the image, converted
 * where a browser cannot show it. NOT_FOUND for an id that is not in the project; the file's own failure
 * (FILE_MISSING, FILE_UNREADABLE, NO_PERMISSION, IMAGE_TOO_LARGE) is stored with the image and thrown.
 */
export async function resolveMedia(
  context: EngineContext,
  kind: 'thumb' | 'image' | 'preview',
  id: ImageId,
): Promise<MediaFile> {
  if (kind === 'preview') return previewMedia(context, id);
  const file = await readyFile(context, id);
  if (kind === 'thumb') return { path: await imagesOf(context).thumbnails.get(file), mime: 'image/webp' };
  const path = pathOf(file);
  await stat(path).catch((error: unknown) => Promise.reject(fileFailure(path, error)));
  const mime = browserTypes[file.format];
  if (mime !== undefined && (file.format !== 'jpeg' || (await readInfo(path)).isBrowserImage))
    return { path, mime };
  const converted = cachePath(context.project(), 'converted', file.sha256, '.jpg');
  if (!(await exists(converted))) await writeCacheFile(converted, await renderForBrowser(path));
  return { path: converted, mime: 'image/jpeg' };
}

/** A sheet of views that was drawn a moment ago. */
async function previewMedia(context: EngineContext, sheet: number): Promise<MediaFile> {
  const path = previewFile(context.project(), sheet);
  if (!(await exists(path)))
    throw new StudioError('NOT_FOUND', 'This preview is gone. Draw it again.', { id: sheet });
  return { path, mime: 'image/webp' };
}

type ReadyFile = ImageFile & { readonly sha256: string };

/** The image's file with its content known; one that the background has not come to yet is read now. */
async function readyFile(context: EngineContext, id: ImageId): Promise<ReadyFile> {
  const project = context.project();
  const found = imageFile(project.db, id);
  if (found === undefined)
    throw new StudioError('NOT_FOUND', 'This image is not in the project any more.', { id });
  if (found.sha256 !== null) return { ...found, sha256: found.sha256 };
  let failure: StudioError | null = null;
  await readFiles(project, [found], {
    onResults: ([result]) => {
      if (result && 'failure' in result) failure = result.failure;
    },
  });
  if (failure !== null) throw failure;
  const read = imageFile(project.db, id);
  if (!read || read.sha256 === null)
    throw new StudioError('NOT_FOUND', 'This image is not in the project any more.', { id });
  return { ...read, sha256: read.sha256 };
}
