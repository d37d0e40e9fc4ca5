import { basename } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import { systemCode } from '../../lib/file-failure.ts';

/**
 * What SQLite or the file system refused, as a failure that a person can act on. What is not known here is
 * returned as it came, so that it reaches the log whole.
 */
export function asStudioError(error: unknown, file: string): unknown {
  if (error instanceof StudioError) return error;
  const code = systemCode(error) ?? '';
  const params = { file: basename(file) };
  const cause = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    const message = `The disk of “${params.file}” is full. Free some space and try again; nothing was changed.`;
    return new StudioError('NO_SPACE', message, params, cause);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'SQLITE_CANTOPEN' || code === 'SQLITE_PERM') {
    const message = `“${params.file}” may not be read or written by this user. Ask for access, or copy it elsewhere.`;
    return new StudioError('NO_PERMISSION', message, params, cause);
  }
  if (code === 'EROFS' || code.startsWith('SQLITE_READONLY')) {
    const message = `“${params.file}” is on a disk that cannot be written. Open the project again to get a copy.`;
    return new StudioError('PROJECT_READ_ONLY', message, params, cause);
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    const message = `The project’s database “${params.file}” is damaged. It was left as it is; restore a backup.`;
    return new StudioError('PROJECT_DAMAGED', message, params, cause);
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    const message = `“${params.file}” is in use by another program. Close it there and try again.`;
    return new StudioError('PROJECT_BUSY', message, { ...params, who: '' }, cause);
  }
  if (code.startsWith('SQLITE_IOERR')) {
    const message = `The disk of “${params.file}” failed while reading or writing. Check it, then open the project again.`;
    return new StudioError('FILE_UNREADABLE', message, params, cause);
  }
  return error;
}
