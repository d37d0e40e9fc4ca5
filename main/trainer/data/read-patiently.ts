import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StudioError } from '../../../shared/domain/errors.ts';
import { isOutOfMemory } from '../executors/failures.ts';
import { asStudioError } from '../jobs/errors.ts';

/** So often an image is read before it is left out: others are under way beside it, and give back what they took. */
const TRIES = 6;
/** Before the second try; twice as long before each further one. */
const FIRST_WAIT_MS = 50;

/**
 * Reads an image, again after a while where memory was short: that is no fault of the file, though its decoder takes it
 * for damaged. Throws a StudioError: OUT_OF_MEMORY where memory stays short, else what is wrong with the file.
 */
export async function readPatiently<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!lacksMemory(error)) throw asStudioError(error);
      if (attempt === TRIES) throw noMemoryFor(path, error);
    }
    await wait(FIRST_WAIT_MS * 2 ** (attempt - 1));
  }
}

function lacksMemory(error: unknown): boolean {
  if (isOutOfMemory(error)) return true;
  return error instanceof StudioError && error.code === 'FILE_UNREADABLE' && isOutOfMemory(error.cause);
}

function noMemoryFor(path: string, cause: unknown): StudioError {
  return new StudioError(
    'OUT_OF_MEMORY',
    `There was not enough memory to read ${path}. The file was not changed; close other programs and try again.`,
    { file: basename(path) },
    { cause },
  );
}
