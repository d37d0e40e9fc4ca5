import { join } from 'node:path';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { libraryFolders } from './libraries.ts';
import { folderOfBackbone } from './own-backbones.ts';

/** Where activations and features of the frozen parts are kept, common to all runs of a project. */
export function activationFolder(project: Pick<OpenProject, 'cacheFolder'>): string {
  return join(project.cacheFolder, 'activations');
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
