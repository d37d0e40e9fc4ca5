import { statfs } from 'node:fs/promises';
import { StudioError } from '../../shared/domain/errors.ts';

/** Bytes that this user may still write on the disk of an existing file or folder. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** StudioError NO_SPACE, naming both numbers, where less than `needed` bytes are free on the disk of `path`. */
export async function requireSpace(path: string, needed: number): Promise<void> {
  const free = await freeBytes(path);
  if (free >= needed) return;
  const megabytes = (bytes: number) => Math.ceil(bytes / 1_000_000);
  const message = `${megabytes(needed)} MB are needed on the disk, ${megabytes(free)} MB are free. Free some space and try again.`;
  throw new StudioError('NO_SPACE', message, { needed, free });
}
