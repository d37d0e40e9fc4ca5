import { implement } from '@orpc/server';
import { projectsContract } from '../../../shared/contract/project.ts';
import {
  backupsOf,
  createProject,
  forgetRecent,
  recentProjects,
  renameProject,
  restoreProject,
} from '../project/commands.ts';
import { openSample } from '../project/sample.ts';
import type { HandlerContext } from './context.ts';

const os = implement(projectsContract).$context<HandlerContext>();

/** Projects: which there are, opening, closing, backups. */
export const projectsHandlers = os.router({
  recent: os.recent.handler(({ context: { engine } }) => recentProjects(engine)),
  forget: os.forget.handler(({ input, context: { engine } }) => forgetRecent(engine, input.grant)),
  current: os.current.handler(({ context: { engine } }) => engine.current()?.info() ?? null),
  create: os.create.handler(({ input, context: { engine } }) => createProject(engine, input)),
  openSample: os.openSample.handler(({ context: { engine }, signal }) => openSample(engine, signal)),
  open: os.open.handler(async ({ input, context: { engine } }) => {
    const project = await engine.projects.open(engine.grants.path(input.grant, 'folder', 'file', 'files'));
    return project.info();
  }),
  close: os.close.handler(({ context: { engine } }) => engine.projects.close()),
  rename: os.rename.handler(({ input, context: { engine } }) => renameProject(engine, input)),
  backups: os.backups.handler(({ input, context: { engine } }) => backupsOf(engine, input.grant)),
  restore: os.restore.handler(({ input, context: { engine } }) => restoreProject(engine, input)),
});
