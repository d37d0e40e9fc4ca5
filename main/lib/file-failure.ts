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
  const reason = `the system reports ${code}`;
  return new StudioError(
    'FILE_UNREADABLE',
    `${path} cannot be read: ${reason}.`,
    { file, reason },
    { cause: error },
  );
}
