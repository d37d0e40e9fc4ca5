import { basename } from 'node:path';
import { StudioError } from '../../shared/domain/errors.ts';

/** The system's code of a failed file operation, such as `ENOENT`; `null` for any other error. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/**
 * Turns a failure to read a file into the error a person can act on (FILE_MISSING, NO_PERMISSION,
 * FILE_UNREADABLE); what is no failure of the file system comes back as it is.
 */
export function fileFailure(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === null || error instanceof StudioError || !(error instanceof Error) || !('syscall' in error))
    return error;
  const file = basename(path);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `${path} is not there. Put it back, or choose its folder again if it was moved.`;
    return new StudioError('FILE_MISSING', message, { file }, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `No permission to read ${path}. Give your user the right to read it.`;
    return new StudioError('NO_PERMISSION', message, { file }, { cause: error });
  }
  const reason = code === 'EISDIR' ? 'it is a folder, and a file is needed' : `the system reports ${code}`;
  return new StudioError(
    'FILE_UNREADABLE',
    `${path} cannot be read: ${reason}. Choose another file.`,
    { file, reason },
    { cause: error },
  );
}

/**
 * Turns a failure to write a file that a person asked for into the error they can act on (NO_SPACE,
 * NO_PERMISSION, FOLDER_MISSING, BAD_REQUEST); what is no failure of the file system comes back as it is.
 */
export function writeFailure(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === null || error instanceof StudioError) return error;
  const params = { file: basename(path) };
  const cause = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT': {
      const message = `The disk is full: ${path} could not be written. Free some space and try again.`;
      return new StudioError('NO_SPACE', message, params, cause);
    }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': {
      const why = code === 'EROFS' ? 'The disk cannot be written' : 'No permission to write';
      return new StudioError('NO_PERMISSION', `${why}: ${path}. Choose another folder.`, params, cause);
    }
    case 'EISDIR':
    case 'ENOTEMPTY':
    case 'EEXIST': {
      const what = code === 'EEXIST' ? 'something' : 'a folder';
      const message = `${path} cannot be written: there is ${what} of that name. Choose another name.`;
      return new StudioError('BAD_REQUEST', message, params, cause);
    }
    case 'ENOENT':
    case 'ENOTDIR':
      return new StudioError(
        'FOLDER_MISSING',
        `${path} has no folder to be in. Choose another.`,
        params,
        cause,
      );
    case 'ENAMETOOLONG':
      return new StudioError(
        'BAD_REQUEST',
        `${path} is too long a name. Choose a shorter one.`,
        params,
        cause,
      );
    default:
      return error;
  }
}
