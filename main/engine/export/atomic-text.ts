import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';

/** A text file that is written piece by piece and appears under its name only when it is whole. */
export type AtomicText = {
  readonly write: (text: string) => Promise<void>;
  /** Flushes to the disk and puts the file in its place. */
  readonly commit: () => Promise<void>;
  /** Leaves what was there before as it was; nothing happens after `commit`. */
  readonly abandon: () => Promise<void>;
};

/**
 * Opens a file beside its target for writing, for tables too long for memory. StudioError NO_PERMISSION and
 * NO_SPACE name the target.
 */
export async function createAtomicText(target: string, id: string): Promise<AtomicText> {
  const temporary = join(dirname(target), `.${basename(target)}.${id}.tmp`);
  let handle: FileHandle | null = null;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error, target);
    }
  };
  await guarded(async () => {
    await mkdir(dirname(target), { recursive: true });
    handle = await open(temporary, 'w');
  });
  return {
    write: (text) => guarded(async () => void (await handle?.appendFile(text))),
    commit: () =>
      guarded(async () => {
        await handle?.sync();
        await handle?.close();
        handle = null;
        await rename(temporary, target);
      }),
    abandon: async () => {
      if (handle === null) return;
      await handle.close();
      handle = null;
      await rm(temporary, { force: true });
    },
  };
}

function explain(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const params = { file: basename(target) };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = `No permission to write ${target}. Choose another folder.`;
    return new StudioError('NO_PERMISSION', message, params, { cause: error });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full: ${target} could not be written. Free some space and try again.`;
    return new StudioError('NO_SPACE', message, params, { cause: error });
  }
  return error;
}

/** Cells as one line of a CSV table (RFC 4180, comma, CRLF). */
export function csvLine(cells: readonly (string | number)[]): string {
  const text = cells.map((cell) => {
    const value = String(cell);
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${text.join(',')}\r\n`;
}
