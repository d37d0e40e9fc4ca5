import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import type { Contract } from '../../shared/contract/index.ts';
import type { Grant, ProjectInfo, Task } from '../../shared/contract/project.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import type { CommandId, GrantId } from '../../shared/domain/ids.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { databaseName, projectSuffix } from '../engine/project/folder.ts';
import { randomIds } from '../lib/clock.ts';
import { writeFailure } from '../lib/file-failure.ts';
import { createLog } from '../lib/log.ts';
import { createNodeLauncher } from '../lib/node-launcher.ts';
import type { Output } from './output.ts';

/** The engine's methods, in process. */
export type StudioClient = ContractRouterClient<Contract>;

/** What a command works with: the engine in this process, a way to speak, and the signal that ends it. */
export interface Studio {
  readonly client: StudioClient;
  readonly engine: Engine;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** A path that the person typed: at a terminal they may name any that they may read. */
  readonly grant: (kind: Grant['kind'], path: string) => GrantId;
  readonly commandId: () => CommandId;
}

/** The folder with `package.json` and `resources`. */
const program = fileURLToPath(new URL('../..', import.meta.url));

/** The program's version. */
export function programVersion(): string {
  const text = readFileSync(join(program, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Folder of the networks, the sample and the licences that come with the program. */
export const resourcesFolder = join(program, 'resources');

/** The person's folder for settings and measurements, the same one that the studio window uses. */
export function userDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment.ENXERTO_USER_DATA;
  if (own) return own;
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Enxerto');
  if (process.platform === 'win32') return join(environment.APPDATA ?? home, 'Enxerto');
  return join(environment.XDG_CONFIG_HOME ?? join(home, '.config'), 'Enxerto');
}

/** Starts an engine in this process for one command, and closes it (with the project's backup) whatever happens. */
export async function withStudio<T>(
  output: Output,
  signal: AbortSignal,
  work: (studio: Studio) => Promise<T>,
): Promise<T> {
  const engine = await startEngine();
  const { client, context } = engine;
  try {
    return await work({
      client,
      engine,
      output,
      signal,
      grant: (kind, path) => context.grants.give(kind, resolve(path)).id,
      commandId: () => randomIds.next() as CommandId,
    });
  } finally {
    await engine.close();
  }
}

async function startEngine(): Promise<Engine> {
  const userData = userDataFolder();
  try {
    return await createEngine({
      version: programVersion(),
      userData,
      documents: join(homedir(), 'Documents'),
      resources: resourcesFolder,
      systemLanguage: Intl.DateTimeFormat().resolvedOptions().locale,
      launcher: createNodeLauncher(),
      log: createLog({ folder: join(userData, 'logs'), name: 'command-line' }),
    });
  } catch (cause) {
    const known = writeFailure(userData, cause);
    if (!(known instanceof StudioError)) throw cause;
    const next = 'Name a folder of your own for settings and logs: ENXERTO_USER_DATA=FOLDER';
    throw new StudioError(known.code, `${known.message} ${next}`, known.params, { cause });
  }
}

/** Where a project is that was named with or without its ending; a folder of photos may have the same name. */
export function projectPath(named: string): string {
  const path = resolve(named);
  const isProject = existsSync(join(path, databaseName)) || basename(path) === databaseName;
  return isProject || path.endsWith(projectSuffix) ? path : `${path}${projectSuffix}`;
}

/** Opens a project; StudioError FOLDER_MISSING says how to make one. */
export async function openProject(studio: Studio, named: string): Promise<ProjectInfo> {
  const path = projectPath(named);
  if (!existsSync(path)) {
    throw new StudioError(
      'FOLDER_MISSING',
      `There is no project ${path}. Make one with: enxerto import ${named} FOLDER`,
      { file: path },
    );
  }
  const info = await studio.client.projects.open({ grant: studio.grant('folder', path) });
  if (info.readOnlyCopy) {
    const { folder } = studio.engine.context.project();
    studio.output.say(`! ${path} is on a disk that cannot be written. This is a copy of it: ${folder}`);
    studio.output.event('copy', { project: path, copy: folder });
  }
  return info;
}

/** Opens a project, or makes it where there is none. */
export async function openOrCreateProject(studio: Studio, named: string, task: Task): Promise<ProjectInfo> {
  const path = projectPath(named);
  if (existsSync(path)) return openProject(studio, named);
  return studio.client.projects.create({
    commandId: studio.commandId(),
    name: basename(path, projectSuffix),
    task,
    folder: studio.grant('folder', dirname(path)),
  });
}
