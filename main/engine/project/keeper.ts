import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Task } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { Clock, Ids } from '../../lib/clock.ts';
import { systemCode, writeFailure } from '../../lib/file-failure.ts';
import type { Logger } from '../../lib/log.ts';
import type { OpenProject, ProjectKeeper, RecentStore } from '../context.ts';
import { openForWriting } from '../db/connection.ts';
import { asStudioError } from '../db/errors.ts';
import { migrate } from '../db/migrate.ts';
import { locateSources } from '../images/places.ts';
import { setProjectValue } from '../stores/project.ts';
import { restoreBackup } from './backups.ts';
import { lockingFor } from './disk.ts';
import {
  exists,
  findProject,
  folderAccess,
  type ProjectPaths,
  projectPaths,
  projectSuffix,
} from './folder.ts';
import { acquireLock, type ProjectLock } from './lock.ts';
import { type HeldProject, openProject } from './open-project.ts';
import { copyReadOnly } from './read-only-copy.ts';

/** What the keeper needs from the engine. */
export interface KeeperOptions {
  readonly userData: string;
  readonly documents: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly recent: RecentStore;
  /** The open project has changed; `null`: it was closed. `lost`: another program has taken it over. */
  readonly onChange: (project: OpenProject | null, reason: 'asked' | 'lost') => void;
}

/** Holds at most one project open; openings and closings wait for each other. */
export interface Keeper extends ProjectKeeper {
  readonly current: () => OpenProject | null;
}

interface Held extends HeldProject {
  readonly lock: ProjectLock;
}

/** The one place that opens, makes, restores and closes projects. */
export function createKeeper(options: KeeperOptions): Keeper {
  let held: Held | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
  const closeHeld = async (reason: 'asked' | 'lost'): Promise<void> => {
    if (held === null) return;
    const { project, close, lock } = held;
    held = null;
    const { name, images } = project.info();
    try {
      await close(reason);
    } finally {
      await lock.release();
    }
    await remember(options, project, name, images);
    options.onChange(null, reason);
  };
  const openPaths = async (found: ProjectPaths): Promise<OpenProject> => {
    if (held !== null && held.project.home === found.folder) return held.project;
    await closeHeld('asked');
    let opened: Held | null = null;
    const closeLost = async () => {
      // By its turn another project may be open, which nobody has taken.
      if (held !== null && held === opened) await closeHeld('lost');
    };
    opened = await openLocked(found, options, () => {
      options.log.warn({}, 'the project was taken over by another program');
      inTurn(closeLost).catch((error: unknown) => options.log.error({ err: error }, 'closing failed'));
    });
    held = opened;
    const { name, images } = opened.project.info();
    await remember(options, opened.project, name, images);
    options.onChange(opened.project, 'asked');
    return opened.project;
  };
  return {
    current: () => held?.project ?? null,
    close: () => inTurn(() => closeHeld('asked')),
    open: (path) => inTurn(async () => openPaths(await findProject(path))),
    create: (wish) =>
      inTurn(async () => {
        const folder = await makeProject(wish.parent ?? options.documents, wish.name, wish.task, options);
        return openPaths(await findProject(folder));
      }),
    restore: (path, backup) =>
      inTurn(async () => {
        const found = await findProject(path);
        if (held !== null && held.project.home === found.folder) await closeHeld('asked');
        const lock = await acquireLock(found.lock, options.clock.now(), () => {});
        try {
          await restoreBackup(found, backup, options.clock.now());
        } finally {
          await lock.release();
        }
        return openPaths(found);
      }),
  };
}

async function remember(
  options: KeeperOptions,
  project: OpenProject,
  name: string,
  images: number,
): Promise<void> {
  const entry = { folder: project.home, name, openedAt: options.clock.now(), images };
  // The list of recent projects is a comfort; a full disk must not keep a project from opening or closing.
  await options.recent
    .add(entry)
    .catch((error: unknown) => options.log.warn({ err: error }, 'recent projects not written'));
}

async function openLocked(found: ProjectPaths, options: KeeperOptions, onLost: () => void): Promise<Held> {
  const isCopy = (await folderAccess(found.folder)) === 'readOnlyDisk';
  const paths = isCopy ? await copyReadOnly(found, options.userData) : found;
  const lock = await acquireLock(paths.lock, options.clock.now(), onLost);
  try {
    const key = options.ids.next();
    const { clock, log } = options;
    const locking = await lockingFor(paths.folder);
    const opening = { key, clock, log, home: found.folder, isReadOnlyCopy: isCopy, locking };
    const opened = await openProject(paths, opening);
    try {
      // Before anybody asks for an image: the project may have been moved together with them.
      await locateSources(opened.project);
    } catch (error) {
      await opened.close('asked');
      throw error;
    }
    return { ...opened, lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Characters that some system does not allow in file names, and what would make a name hidden or end oddly. */
function fileName(name: string): string {
  const safe = name
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a file name
    .replace(/[\u0000-\u001f<>:"/\\|?*]/g, '-')
    .replace(/^[. ]+|[. ]+$/g, '');
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(safe);
  return (reserved || safe === '' ? `_${safe}` : safe).slice(0, 120);
}

/** Makes folder and database of a new project; PROJECT_EXISTS where there is something of that name. */
async function makeProject(
  parent: string,
  name: string,
  task: Task,
  options: Pick<KeeperOptions, 'clock'>,
): Promise<string> {
  const folder = join(parent, `${fileName(name)}${projectSuffix}`);
  const now = options.clock.now();
  try {
    await mkdir(parent, { recursive: true });
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      const message = `“${basename(folder)}” exists already. Open it, or choose another name.`;
      throw new StudioError('PROJECT_EXISTS', message, { file: basename(folder) }, { cause: error });
    }
    throw writeFailure(folder, error);
  }
  const paths = projectPaths(folder);
  try {
    const connection = openForWriting(paths.database, await lockingFor(folder));
    try {
      migrate(connection, now);
      const values = { name, task, createdAt: String(now) } as const;
      for (const [key, value] of Object.entries(values)) {
        setProjectValue(connection.db, key as keyof typeof values, value);
      }
    } finally {
      connection.close();
    }
    return folder;
  } catch (error) {
    // Nothing but what was just made is in there.
    if (await exists(folder)) await rm(folder, { recursive: true, force: true });
    throw asStudioError(error, folder);
  }
}
