import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import { systemCode } from '../../lib/file-failure.ts';

/** The ending of a project's folder; systems show such folders as documents. */
export const projectSuffix = '.enxerto';
/** The database within it. */
export const databaseName = 'project.db';

/** Where the parts of a project are. */
export interface ProjectPaths {
  readonly folder: string;
  readonly database: string;
  readonly cache: string;
  readonly models: string;
  readonly backups: string;
  readonly lock: string;
}

/** The parts of the project in `folder`, whether they are there or not. */
export function projectPaths(folder: string): ProjectPaths {
  return {
    folder,
    database: join(folder, databaseName),
    cache: join(folder, 'cache'),
    models: join(folder, 'models'),
    backups: join(folder, 'backups'),
    lock: join(folder, 'project.lock'),
  };
}

/**
 * The project meant by a path: its folder, or the database in it. Symbolic links are resolved, so that one
 * project is not opened twice under two names. FOLDER_MISSING, NO_PERMISSION or NOT_FOUND say what is wrong.
 */
export async function findProject(path: string): Promise<ProjectPaths> {
  const name = basename(path);
  try {
    const real = await realpath(path);
    const folder = (await stat(real)).isDirectory() ? real : dirname(real);
    const paths = projectPaths(folder);
    const isDatabase = folder !== real && basename(real) === databaseName;
    if ((isDatabase || folder === real) && (await exists(paths.database))) return paths;
    const hasBackups = folder === real && (await exists(paths.backups));
    if (hasBackups) return paths;
  } catch (error) {
    throw asFolderError(error, name);
  }
  const message = `“${name}” is not a project: there is no ${databaseName} in it. Choose a folder that ends in ${projectSuffix}.`;
  throw new StudioError('NOT_FOUND', message, { file: name });
}

function asFolderError(error: unknown, name: string): unknown {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `The project “${name}” is not there. Was it moved, or is its disk not connected?`;
    return new StudioError('FOLDER_MISSING', message, { file: name }, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `The project “${name}” may not be read by this user. Ask for access, or copy it elsewhere.`;
    return new StudioError('NO_PERMISSION', message, { file: name }, { cause: error });
  }
  return error;
}

/** Whether there is something under that path; throws where it cannot be told. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * How a folder may be used. `readOnlyDisk` is the disk's own refusal, which no rights can lift; NO_PERMISSION
 * is thrown where the disk could be written but not by this user.
 */
export async function folderAccess(folder: string): Promise<'writable' | 'readOnlyDisk'> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return 'writable';
  } catch (error) {
    if (systemCode(error) === 'EROFS') return 'readOnlyDisk';
    throw asFolderError(error, basename(folder));
  }
}
