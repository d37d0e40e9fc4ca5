import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import { systemCode } from '../../lib/file-failure.ts';
import type { EncodedImage } from '../../lib/pixels/index.ts';
import type { OpenProject } from '../context.ts';

let partials = 0;

/** Writes a picture into the cache; readers see none or all of it. No fsync: what is lost is drawn again. */
export async function writeCacheFile(target: string, image: EncodedImage): Promise<void> {
  const partial = `${target}.${process.pid}-${++partials}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(partial, image.data);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    if (systemCode(error) !== 'ENOSPC') throw error;
    const message =
      'The disk of the project is full. Make room on it; pictures are drawn again by themselves.';
    throw new StudioError('NO_SPACE', message, {}, { cause: error });
  }
}

/** Whether a cache file is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Cache files are named by content: a moved or copied image keeps its own, a changed one gets another. `ending`
 * says what the file is, such as `-320.webp`.
 */
export function cachePath(
  project: OpenProject,
  kind: 'thumbnails' | 'converted',
  sha256: string,
  ending: string,
): string {
  // It comes from the project's file, which somebody else may have made.
  if (!/^[\w-]{1,128}$/.test(sha256)) {
    const message =
      'The project names a picture in a way that leads elsewhere. Restore a backup, or import anew.';
    throw new StudioError('PROJECT_DAMAGED', message);
  }
  return join(project.cacheFolder, kind, sha256.slice(0, 2), `${sha256}${ending}`);
}
