import { rm, stat, writeFile } from 'node:fs/promises';
import { systemCode } from './file-failure.ts';

/** Looking at a lock and removing it takes milliseconds: a turn this old was left by a process that died in it. */
const LONGEST_TURN_MS = 10_000;

/**
 * Removes a lock file that was left behind. Of many who find it one has its turn, and looks once more: a lock that was made
 * meanwhile is never touched. Whoever calls tries to make its own lock after that, whether this removed anything or not.
 */
export async function removeAbandoned(path: string, isAbandoned: () => Promise<boolean>): Promise<void> {
  const turn = `${path}.turn`;
  try {
    await writeFile(turn, '', { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const found = await stat(turn).catch(() => null);
    if (found && Math.abs(Date.now() - found.mtimeMs) > LONGEST_TURN_MS) await rm(turn, { force: true });
    return;
  }
  try {
    if (await isAbandoned()) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}
