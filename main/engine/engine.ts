import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient, type RouterClient } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { StudioError } from '../../shared/domain/errors.ts';
import { type Clock, type Ids, randomIds, systemClock } from '../lib/clock.ts';
import type { Launcher } from '../lib/launcher.ts';
import { createLog, type Logger } from '../lib/log.ts';
import type { ChannelPort } from '../lib/ports.ts';
import { stopMeasuring } from './computing/service.ts';
import type { EngineContext, Host, OpenProject } from './context.ts';
import { createEvents } from './events.ts';
import { failureInterceptor } from './failures.ts';
import { createGrants } from './grants.ts';
import { type Router, router } from './handlers/router.ts';
import { startImages } from './images/service.ts';
import { createKeeper, type Keeper } from './project/keeper.ts';
import { runsOf } from './training/service.ts';
import { createRecent, createSettings } from './user-files.ts';

/** Where an engine lives and whom it can ask. */
export interface EngineOptions {
  readonly version: string;
  readonly userData: string;
  readonly documents: string;
  readonly resources: string;
  readonly systemLanguage: string;
  readonly launcher: Launcher;
  /** Absent without a window. */
  readonly host?: Host;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
}

/** A running engine: one project at most, any number of clients. */
export interface Engine {
  readonly context: EngineContext;
  /** The contract in process: the same parsing, the same errors as over a port. */
  readonly client: RouterClient<Router>;
  /** Answers the contract over a message port until that closes. */
  readonly serve: (port: ChannelPort) => void;
  /** Closes the project with its backup. The engine cannot be used afterwards. */
  readonly close: () => Promise<void>;
}

/** Starts an engine; it has no project open yet. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { clock = systemClock, ids = randomIds, userData } = options;
  await mkdir(userData, { recursive: true });
  const log = options.log ?? createLog({ folder: join(userData, 'logs'), name: 'engine' });
  const context = await createContext(options, { clock, ids, log });
  const interceptors = [failureInterceptor(log, ids)];
  const handler = new RPCHandler(router, { clientInterceptors: interceptors });
  log.info({ version: options.version }, 'engine started');
  return {
    context: context.engine,
    client: createRouterClient(router, { context: { engine: context.engine }, interceptors }),
    serve: (port) => handler.upgrade(port, { context: { engine: context.engine } }),
    close: async () => {
      await stopMeasuring(context.engine);
      await context.keeper.close();
      context.closeEvents();
      log.info({}, 'engine closed');
    },
  };
}

/** What begins by itself when a project was opened: files are looked at, runs that a crash left are named. */
function startWork(engine: EngineContext, project: OpenProject): void {
  startImages(engine, project);
  void runsOf(engine).catch((error: unknown) => {
    if (!project.closing.aborted) engine.log.error({ err: error }, 'looking at earlier runs failed');
  });
}

interface Parts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

async function createContext(
  options: EngineOptions,
  parts: Parts,
): Promise<{ readonly engine: EngineContext; readonly keeper: Keeper; readonly closeEvents: () => void }> {
  const { version, userData, documents, resources, systemLanguage, launcher, host } = options;
  const events = createEvents();
  const [settings, recent] = await Promise.all([
    createSettings(userData, parts.log),
    createRecent(userData, parts.log),
  ]);
  const keeper = createKeeper({
    ...parts,
    userData,
    documents,
    recent,
    onChange: (project, reason) => {
      events.emit(project === null ? { type: 'closed' } : { type: 'opened', project: project.info() });
      if (project !== null) startWork(engine, project);
      if (reason === 'lost') events.emit({ type: 'notice', code: 'PROJECT_BUSY', params: {} });
    },
  });
  const engine: EngineContext = {
    version,
    userData,
    documents,
    resources,
    systemLanguage,
    launcher,
    host: host ?? null,
    ...parts,
    grants: createGrants(parts.ids),
    settings,
    recent,
    projects: keeper,
    current: keeper.current,
    project: () => {
      const project = keeper.current();
      if (project !== null) return project;
      throw new StudioError('NO_PROJECT', 'No project is open. Open one, or make a new one.');
    },
    publish: events.publish,
    emit: events.emit,
    events: (signal) =>
      events.subscribe(() => {
        const project = keeper.current();
        return project === null ? { type: 'closed' } : { type: 'opened', project: project.info() };
      }, signal),
  };
  return { engine, keeper, closeEvents: events.close };
}
