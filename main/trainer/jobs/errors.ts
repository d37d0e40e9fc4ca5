import { type ErrorParams, StudioError } from '../../../shared/domain/errors.ts';
import { isOutOfMemory } from '../executors/failures.ts';
import { NetworkError } from '../graph/errors.ts';

const systemCodes: Readonly<Record<string, SystemCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'NO_PERMISSION',
  EPERM: 'NO_PERMISSION',
  EROFS: 'NO_PERMISSION',
  ENOENT: 'FILE_MISSING',
  EISDIR: 'FILE_UNREADABLE',
};

type SystemCode = 'NO_SPACE' | 'NO_PERMISSION' | 'FILE_MISSING' | 'FILE_UNREADABLE';

const troubles: Readonly<Record<SystemCode, string>> = {
  NO_SPACE: 'cannot be written: the disk is full',
  NO_PERMISSION: 'may not be read or written',
  FILE_UNREADABLE: 'is a folder',
  FILE_MISSING: 'is not there',
};

const advice: Readonly<Record<SystemCode, string>> = {
  NO_SPACE:
    'Free some space on the disk of the project, then go on with the run: nothing learned so far is lost.',
  NO_PERMISSION: 'Give your user the right to use this file or folder, then try again.',
  FILE_UNREADABLE: 'Choose a file, not a folder.',
  FILE_MISSING: 'Put the file back, then try again.',
};

/** Turns whatever a job threw into an error a person can act on; what nobody foresaw becomes INTERNAL. */
export function asStudioError(error: unknown): StudioError {
  if (error instanceof StudioError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // Before the network's errors: executors wrap what their library said, and memory is no fault of the network.
  if (isOutOfMemory(error)) {
    return new StudioError(
      'OUT_OF_MEMORY',
      `Not enough memory (the system's own message: "${message.trim()}"). Choose a smaller batch or image size, or freeze more blocks.`,
      {},
      { cause: error },
    );
  }
  if (error instanceof NetworkError) {
    return new StudioError('NETWORK_UNSUPPORTED', error.message, refusalOf(error), { cause: error });
  }
  const { code, path } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : systemCodes[code];
  if (known) {
    const said = [path === undefined ? `${message}.` : `${path} ${troubles[known]}.`, advice[known]];
    return new StudioError(known, said.join(' '), path ? { file: path } : {}, { cause: error });
  }
  return new StudioError('INTERNAL', message, {}, { cause: error });
}

/** A refusal of a network that says first of which file it is; any other failure as it is. */
export function refusalNaming(error: StudioError, what: string): StudioError {
  const { code, message, params } = error;
  if (code !== 'NETWORK_UNSUPPORTED' && code !== 'PREPROCESSING') return error;
  return new StudioError(code, `${what} ${message}`, params, { cause: error.cause });
}

/** What a network's error says, by names that a page puts into words. */
export function refusalOf({ message, reason, operator, node, params }: NetworkError): ErrorParams {
  return {
    ...params,
    why: reason,
    reason: message,
    ...(operator ? { operator } : {}),
    ...(node ? { node } : {}),
  };
}
