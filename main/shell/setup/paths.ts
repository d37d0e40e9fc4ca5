import { writeSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of the checkout. */
export const root = resolve(import.meta.dirname, '../../..');

/** Everything that can be built again. */
export const buildFolder = join(root, '.build');

/** Where what was fetched once is kept for every checkout of this person. */
export function cacheFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'enxerto', 'cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'enxerto');
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'enxerto');
}

/** Bytes of the files below a folder, 0 where there is none: how far a fetch is whose tool does not say. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        (found) => found.size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** A failure whose message already tells the person what to do next; shown without a stack. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Runs a command's main function and turns its failure into one sentence and exit code 1. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  let code = 1;
  try {
    code = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    writeSync(process.stderr.fd, `${error.message}\n`);
  }
  // Said outright: libraries that were used on the way set an exit code of their own.
  process.exit(code);
}
