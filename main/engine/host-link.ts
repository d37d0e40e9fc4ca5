import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { hostContract } from '../../shared/contract/host.ts';
import { type FollowedTrainer, followTrainer, type Launcher, type TrainerExit } from '../lib/launcher.ts';
import type { Channels } from '../lib/ports.ts';
import type { Host } from './context.ts';

/** The shell as the engine sees it: dialogs, and trainers that only the shell can start. */
export interface HostLink {
  readonly host: Host;
  readonly launcher: Launcher;
  /** The shell's word that a trainer has ended. */
  readonly trainerExited: (id: string, exit: TrainerExit) => void;
}

/** Speaks the host contract over its channel, and passes trainers' messages through theirs. */
export function connectHost(split: Channels): HostLink {
  const client: ContractRouterClient<typeof hostContract> = createORPCClient(
    new RPCLink({ port: split.channel('host') }),
  );
  const running = new Map<string, FollowedTrainer>();
  return {
    host: {
      pickFolder: (options) => client.pickFolder(options),
      pickFiles: (options) => client.pickFiles({ ...options, filters: copied(options.filters) }),
      pickSave: (options) => client.pickSave({ ...options, filters: copied(options.filters) }),
      reveal: (path) => client.reveal({ path }),
      open: (path) => client.open({ path }),
      applySettings: (settings) => client.applySettings(settings),
    },
    launcher: {
      launch: async (id) => {
        // Listening before the start: the first event must not be missed.
        const channel = split.channel(`trainer:${id}`);
        const trainer = followTrainer({
          id,
          pid: null,
          send: (command) => channel.postMessage(command),
          // One that has gone already need not be killed; its exit has been or will be told.
          kill: () => void client.killTrainer({ id }).catch(() => {}),
        });
        channel.on('message', (message) => trainer.heard(message?.data));
        running.set(id, trainer);
        const { pid } = await client.launchTrainer({ id }).catch((error: unknown) => {
          running.delete(id);
          throw error;
        });
        return { ...trainer.handle, pid };
      },
    },
    trainerExited: (id, exit) => {
      running.get(id)?.ended(exit);
      running.delete(id);
    },
  };
}

function copied(filters: Parameters<Host['pickFiles']>[0]['filters']) {
  return filters.map(({ name, extensions }) => ({ name, extensions: [...extensions] }));
}
