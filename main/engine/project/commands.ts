import type { Backup, ProjectInfo, RecentProject, Task } from '../../../shared/contract/project.ts';
import type { CommandId, GrantId } from '../../../shared/domain/ids.ts';
import { runCommand, storedOutcome } from '../annotations/command.ts';
import type { EngineContext } from '../context.ts';
import { setProjectValue } from '../stores/project.ts';
import { listBackups } from './backups.ts';
import { exists, findProject, projectPaths } from './folder.ts';

/** Projects that were opened before, each with a grant to open it, and whether it is still there. */
export function recentProjects(engine: EngineContext): Promise<RecentProject[]> {
  return Promise.all(
    engine.recent.list().map(async (entry) => ({
      grant: engine.grants.give('folder', entry.folder).id,
      name: entry.name,
      location: entry.folder,
      openedAt: entry.openedAt,
      exists: await exists(entry.folder).catch(() => false),
      images: entry.images,
    })),
  );
}

/** Takes a project off the list; its files stay. */
export function forgetRecent(engine: EngineContext, grant: GrantId): Promise<void> {
  return engine.recent.forget(engine.grants.path(grant, 'folder'));
}

/**
 * Makes a project and opens it. Repeating the command returns the project that it made: its id is kept in the
 * new project's own database, which is the one that is open then.
 */
export async function createProject(
  engine: EngineContext,
  command: {
    readonly commandId: CommandId;
    readonly name: string;
    readonly task: Task;
    readonly folder: GrantId | null;
  },
): Promise<ProjectInfo> {
  const spec = { commandId: command.commandId, method: 'projects.create', at: engine.clock.now() };
  const open = engine.current();
  if (open !== null && storedOutcome(open.db, spec) !== null) return open.info();
  const parent = command.folder === null ? null : engine.grants.path(command.folder, 'folder');
  const project = await engine.projects.create({ name: command.name, task: command.task, parent });
  await runCommand(project, spec, () => null);
  return project.info();
}

/** Gives the open project another name; its folder keeps the one it has, so that links to it still work. */
export async function renameProject(
  engine: EngineContext,
  command: { readonly commandId: CommandId; readonly name: string },
): Promise<ProjectInfo> {
  const project = engine.project();
  const spec = { commandId: command.commandId, method: 'projects.rename', at: engine.clock.now() };
  await runCommand(project, spec, (db) => {
    setProjectValue(db, 'name', command.name);
    return null;
  });
  engine.publish('project');
  const info = project.info();
  const entry = { folder: project.home, name: info.name, openedAt: engine.clock.now(), images: info.images };
  await engine.recent.add(entry);
  return info;
}

/** The backups of a project that need not be open, or even be readable. */
export async function backupsOf(engine: EngineContext, grant: GrantId): Promise<Backup[]> {
  const found = await findProject(engine.grants.path(grant, 'folder', 'file', 'files'));
  const open = engine.current();
  // Of a copy of a read-only project the backups lie with the copy.
  return listBackups(open?.home === found.folder ? projectPaths(open.folder) : found);
}

/** Puts a backup in the place of a project's database and opens it; repeating the command changes nothing more. */
export async function restoreProject(
  engine: EngineContext,
  command: { readonly commandId: CommandId; readonly grant: GrantId; readonly backup: string },
): Promise<ProjectInfo> {
  const spec = { commandId: command.commandId, method: 'projects.restore', at: engine.clock.now() };
  const open = engine.current();
  if (open !== null && storedOutcome(open.db, spec) !== null) return open.info();
  const path = engine.grants.path(command.grant, 'folder', 'file', 'files');
  const project = await engine.projects.restore(path, command.backup);
  // Kept in the restored database: what it was before the restoring lies beside it.
  await runCommand(project, spec, () => null);
  return project.info();
}
