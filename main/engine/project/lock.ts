import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../../shared/domain/errors.ts';
import { removeAbandoned } from '../../lib/abandoned-lock.ts';
import { systemCode } from '../../lib/file-failure.ts';
import { isAlive } from '../../lib/process-alive.ts';
import { asStudioError } from '../db/errors.ts';

/** The right to be the only one who has the project open. */
export interface ProjectLock {
  /** Gives it back; another may open the project from now on. */
  readonly release: () => Promise<void>;
}

const holder = z.object({
  token: z.string(),
  pid: z.int(),
  host: z.string(),
  user: z.string(),
  startedAt: z.int(),
});
type Holder = z.infer<typeof holder>;

/** Every so often the holder touches the file; after six times that, it is thought dead. */
export const heartbeat = 10_000;
const longSilence = 6 * heartbeat;

/**
 * Takes the project for this process. A lock whose process is gone (same computer) or that has not been touched
 * for a minute (any computer) is taken over; otherwise PROJECT_BUSY says who has it. `onLost` is called when
 * another has taken it over, for instance after this computer was asleep: stop writing then.
 */
export async function acquireLock(path: string, now: number, onLost: () => void): Promise<ProjectLock> {
  const own: Holder = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    user: userName(),
    startedAt: now,
  };
  const text = JSON.stringify(own);
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await create(path, text);
      return keepAlive(path, own.token, onLost);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw asStudioError(error, dirname(path));
    }
    const present = await readHolder(path);
    if (present !== null && !isStale(present)) throw busy(path, present.holder);
    await removeStale(path);
  }
  throw busy(path, null);
}

/** Makes the file or throws EEXIST; on a full disk no empty one is left behind, which would look like a holder. */
async function create(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function busy(path: string, present: Holder | null): StudioError {
  const file = basename(dirname(path));
  const who = present === null ? 'another program' : `${present.user} (${present.host})`;
  const message = `The project “${file}” is open already: ${who} has it. Close it there first.`;
  const since = present === null ? {} : { since: present.startedAt };
  return new StudioError('PROJECT_BUSY', message, { file, who, ...since });
}

/** A lock that is there; `holder`: null where it does not say. */
interface Found {
  readonly holder: Holder | null;
  /** Milliseconds since it was touched. */
  readonly silence: number;
}

async function readHolder(path: string): Promise<Found | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const parsed = holder.safeParse(parseJson(text));
    return { holder: parsed.success ? parsed.data : null, silence: Date.now() - mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw asStudioError(error, dirname(path));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half-written, or not ours: judged by its age alone.
    return null;
  }
}

function isStale({ holder: present, silence }: Found): boolean {
  if (silence > longSilence) return true;
  return present !== null && present.host === hostname() && !isAlive(present.pid);
}

async function removeStale(path: string): Promise<void> {
  try {
    await removeAbandoned(path, async () => {
      const present = await readHolder(path);
      return present !== null && isStale(present);
    });
  } catch (error) {
    throw asStudioError(error, dirname(path));
  }
}

function keepAlive(path: string, token: string, onLost: () => void): ProjectLock {
  let isReleased = false;
  const beat = async (): Promise<void> => {
    const present = await readHolder(path).catch(() => null);
    // Given back while the file was read: whose lock it is now concerns us no more.
    if (isReleased) return;
    if (present?.holder?.token === token) await utimes(path, new Date(), new Date()).catch(() => {});
    else if (present !== null) {
      clearInterval(timer);
      onLost();
    }
  };
  const timer = setInterval(() => void beat(), heartbeat);
  timer.unref();
  return {
    release: async () => {
      isReleased = true;
      clearInterval(timer);
      const present = await readHolder(path).catch(() => null);
      if (present?.holder?.token === token) await rm(path, { force: true });
    },
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
