import { dirname, join } from 'node:path';
import type { EngineContext } from '../context.ts';

/** Folders in which libraries of executors may lie beside those that come with the program: the person's own first. */
export function libraryFolders(
  context: Pick<EngineContext, 'userData' | 'resources' | 'settings'>,
): string[] {
  const program = dirname(context.resources);
  const { libraries } = context.settings.get();
  return [
    ...(libraries === null ? [] : [libraries]),
    join(context.userData, 'libraries'),
    // In the packaged program, and in a checkout where a setup command put them.
    join(program, 'runtimes'),
    join(program, '.enxerto', 'runtimes'),
  ];
}

/** Where is kept what was found out about this machine, apart from all projects. */
export function machineFolder({ userData }: Pick<EngineContext, 'userData'>): string {
  return join(userData, 'machine');
}

/** The file in which trainings keep which of several ways to compute was the fastest on this machine. */
export function findingsFile(context: Pick<EngineContext, 'userData'>): string {
  return join(machineFolder(context), 'fastest.json');
}

/**
 * Where a job about this machine or a network, not about a project, works: a folder of its own below the person's data.
 * `name` says what it is for.
 */
export function machineJob(
  context: Pick<EngineContext, 'userData' | 'resources' | 'ids'>,
  name: string,
  libraries: readonly string[],
) {
  const id = `${name}-${context.ids.next()}`;
  const machine = machineFolder(context);
  const folder = join(machine, id);
  const backbones = join(context.resources, 'backbones');
  return { id, folder, files: { folder, cache: machine, backbones, libraries: [...libraries] } };
}
