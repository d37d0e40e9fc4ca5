import { stat } from 'node:fs/promises';
import { implement } from '@orpc/server';
import { controlContract } from '../../../shared/contract/host.ts';
import type { TrainerExit } from '../../lib/launcher.ts';
import type { EngineContext } from '../context.ts';
import { resolveMedia } from '../images/media.ts';
import { isTraining } from '../training/service.ts';

const os = implement(controlContract);

/** What only the process around the engine can do. */
export interface ControlHooks {
  readonly trainerExited: (id: string, exit: TrainerExit) => void;
  readonly shutdown: () => Promise<void>;
}

/** The shell's side door: media for the page, files dropped or double-clicked, the end. */
export function controlRouter(engine: EngineContext, hooks: ControlHooks) {
  return os.router({
    resolveMedia: os.resolveMedia.handler(({ input }) => resolveMedia(engine, input.kind, input.id)),
    openProject: os.openProject.handler(async ({ input }) => {
      await engine.projects.open(input.path);
    }),
    dropped: os.dropped.handler(async ({ input }) => {
      const grants = await Promise.all(
        input.paths.map(async (path) => {
          const found = await stat(path).catch(() => null);
          return found === null ? [] : [engine.grants.give(found.isDirectory() ? 'folder' : 'file', path)];
        }),
      );
      engine.emit({ type: 'dropped', grants: grants.flat() });
    }),
    trainerExited: os.trainerExited.handler(({ input }) => {
      hooks.trainerExited(input.id, { code: input.code, signal: input.signal });
    }),
    status: os.status.handler(() => ({
      projectOpen: engine.current() !== null,
      runActive: isTraining(engine),
    })),
    shutdown: os.shutdown.handler(() => hooks.shutdown()),
  });
}
