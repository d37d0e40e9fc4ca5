import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ProjectInfo, Task } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { OpenProject } from '../context.ts';
import { checkFile } from '../db/aside.ts';
import {
  type Connection,
  type Locking,
  openForReading,
  openForWriting,
  readOnlyView,
} from '../db/connection.ts';
import { applicationId, foreignFile, migrate, pendingMigrations } from '../db/migrate.ts';
import type { ReadableDb } from '../db/types.ts';
import { createWriter } from '../db/writer.ts';
import { forgetCommands } from '../stores/commands.ts';
import { projectCounts, projectValue } from '../stores/project.ts';
import { listBackups, makeBackup } from './backups.ts';
import { databaseName, exists, type ProjectPaths } from './folder.ts';

/** An open project together with what only its keeper may do. */
export interface HeldProject {
  readonly project: OpenProject;
  readonly paths: ProjectPaths;
  /**
   * Ends what runs, makes the closing backup and closes the database. Failures of the backup are logged. `lost`:
   * the project belongs to another program by now, so nothing more is written.
   */
  readonly close: (reason: 'asked' | 'lost') => Promise<void>;
}

/** What opening needs to know beside the place. */
export interface OpeningOptions {
  readonly key: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the person keeps it, if `paths` are those of a copy. */
  readonly home: string;
  readonly isReadOnlyCopy: boolean;
  /** `exclusive`: readers share the writer's connection and see a long edit while it is being made. */
  readonly locking: Locking;
}

/** A command can be repeated this long after it was carried out. */
const commandMemory = 7 * 24 * 3600 * 1000;

/**
 * Opens a project whose lock is held: checks the file, copies it before a migration, migrates, and starts the
 * opening backup in the background. PROJECT_DAMAGED names the file and counts the backups it could be restored
 * from; nothing is replaced.
 */
export async function openProject(paths: ProjectPaths, options: OpeningOptions): Promise<HeldProject> {
  if (!(await exists(paths.database))) throw await damaged(paths, 'the file is missing');
  const { locking } = options;
  if (locking === 'normal') await checkWhole(paths);
  const writing = openForWriting(paths.database, locking);
  let reading: Connection | null = null;
  try {
    if (locking === 'exclusive' && writing.pragma('quick_check(1)') !== 'ok') throw await damaged(paths, '');
    await makeReady(writing, paths, options);
    await Promise.all([paths.cache, paths.models].map((folder) => mkdir(folder, { recursive: true })));
    reading = locking === 'normal' ? openForReading(paths.database) : null;
    const db = reading === null ? readOnlyView(writing.db) : readOnlyView(reading.db);
    return hold(writing, reading, db, paths, options);
  } catch (error) {
    reading?.close();
    writing.close();
    throw error;
  }
}

async function checkWhole(paths: ProjectPaths): Promise<void> {
  const found = await checkFile(paths.database, false).catch(async (error: unknown) => {
    const isDamage = error instanceof StudioError && error.code === 'PROJECT_DAMAGED';
    throw isDamage ? await damaged(paths, '', error) : error;
  });
  if (found.problems.length > 0) throw await damaged(paths, found.problems[0] ?? '');
  // Before anything is opened for writing, which alone would change another program's file.
  if (found.applicationId !== applicationId) throw foreignFile(paths.database);
}

async function damaged(paths: ProjectPaths, detail: string, cause?: unknown): Promise<StudioError> {
  const good = (await listBackups(paths)).filter((backup) => backup.verified).length;
  const file = basename(paths.folder);
  const message = `The database ${databaseName} of “${file}” is damaged. It was left as it is; ${good} backups can be restored: from the start screen of the studio, or by copying one of ${paths.backups} over it.`;
  return new StudioError('PROJECT_DAMAGED', message, { file, backups: good, detail }, { cause });
}

async function makeReady(writing: Connection, paths: ProjectPaths, options: OpeningOptions): Promise<void> {
  const now = options.clock.now();
  // A migration that turns out wrong must not be the end: the old state is copied and checked first.
  if (pendingMigrations(writing) === 'some') await makeBackup(writing, paths, now);
  migrate(writing, now);
  if (projectValue(writing.db, 'task') === null) {
    throw await damaged(paths, 'the project’s own values are missing');
  }
  forgetCommands(writing.db, now - commandMemory);
}

function hold(
  writing: Connection,
  reading: Connection | null,
  db: ReadableDb,
  paths: ProjectPaths,
  options: OpeningOptions,
): HeldProject {
  const { clock, log } = options;
  const writer = createWriter(writing);
  const closing = new AbortController();
  const endings: (() => Promise<void> | void)[] = [];
  const backup = async (when: 'opening' | 'closing'): Promise<void> => {
    try {
      await makeBackup(writing, paths, clock.now());
    } catch (error) {
      // The labels are in the database all the same; a backup that failed must not keep anybody from working.
      log.error({ err: error, when }, 'backup failed');
    }
  };
  const openingBackup = backup('opening');
  const task: Task = projectValue(db, 'task') === 'multiLabel' ? 'multiLabel' : 'singleLabel';
  const project: OpenProject = {
    key: options.key,
    task,
    folder: paths.folder,
    home: options.home,
    cacheFolder: paths.cache,
    modelsFolder: paths.models,
    isReadOnlyCopy: options.isReadOnlyCopy,
    db,
    write: writer.write,
    writeInSteps: writer.writeInSteps,
    closing: closing.signal,
    onClose: (work) => void endings.push(work),
    info: () => projectInfo(db, task, options),
  };
  const close: HeldProject['close'] = async (reason) => {
    closing.abort();
    for (const end of endings) {
      await Promise.resolve()
        .then(end)
        .catch((error: unknown) => log.error({ err: error }, 'work did not end in order'));
    }
    await writer.idle();
    await openingBackup;
    if (reason === 'asked') {
      // Statistics for the query planner where they have become stale, from a sample of rows; before the backup,
      // so that a backup of an unchanged project stays the same.
      writing.pragma('analysis_limit = 400');
      writing.pragma('optimize');
      await backup('closing');
    }
    reading?.close();
    writing.close();
  };
  return { project, paths, close };
}

function projectInfo(db: ReadableDb, task: Task, options: OpeningOptions): ProjectInfo {
  const saved = projectValue(db, 'savedAt');
  return {
    name: projectValue(db, 'name') ?? basename(options.home),
    task,
    location: options.home,
    createdAt: Number(projectValue(db, 'createdAt') ?? 0),
    savedAt: saved === null ? null : Number(saved),
    ...projectCounts(db),
    readOnlyCopy: options.isReadOnlyCopy,
    isSample: projectValue(db, 'isSample') === '1',
  };
}
