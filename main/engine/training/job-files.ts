import { join } from 'node:path';
import type { BackboneId, RunId } from '../../../shared/domain/ids.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { findingsFile, libraryFolders } from './libraries.ts';
import { folderOfBackbone } from './own-backbones.ts';

/** Where activations and features of the frozen parts are kept, common to all runs of a project. */
export function activationFolder(project: Pick<OpenProject, 'cacheFolder'>): string {
  return join(project.cacheFolder, 'activations');
}

/** The folder of a run's manifest, checkpoints and weights. */
export function runFolder(project: Pick<OpenProject, 'modelsFolder'>, run: RunId): string {
  return join(project.modelsFolder, run);
}

/** What a job about a project's images reads and keeps, as its manifest says it; `folder` is the job's own. */
export function projectFiles(
  context: Pick<EngineContext, 'resources' | 'userData' | 'settings'>,
  project: Pick<OpenProject, 'cacheFolder'>,
  folder: string,
  backbone: BackboneId | null,
) {
  return {
    folder,
    cache: activationFolder(project),
    backbones: folderOfBackbone(context, backbone),
    libraries: libraryFolders(context),
  };
}

/** The same of a training. */
export function runFiles(
  context: Pick<EngineContext, 'resources' | 'userData' | 'settings'>,
  project: Pick<OpenProject, 'cacheFolder' | 'modelsFolder'>,
  run: RunId,
  backbone: BackboneId | null,
) {
  return {
    ...projectFiles(context, project, runFolder(project, run), backbone),
    findings: findingsFile(context),
  };
}
