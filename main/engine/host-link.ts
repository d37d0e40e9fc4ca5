import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { hostContract } from '../../shared/contract/host.ts';
import { type TrainerEvent, trainerEvent } from '../../shared/contract/trainer.ts';
import type { Launcher, TrainerExit, TrainerHandle } from '../lib/launcher.ts';
import type { ChannelPort, Channels } from '../lib/ports.ts';
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
  const running = new Map<string, RunningTrainer>();
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
        const trainer = follow(id, split.channel(`trainer:${id}`), () => client.killTrainer({ id }));
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

interface RunningTrainer {
  readonly handle: TrainerHandle;
  readonly ended: (exit: TrainerExit) => void;
}

function follow(id: string, channel: ChannelPort, kill: () => Promise<void>): RunningTrainer {
  const listeners: ((event: TrainerEvent) => void)[] = [];
  const early: TrainerEvent[] = [];
  const exitListeners: ((exit: TrainerExit) => void)[] = [];
  let exited: TrainerExit | null = null;
  // One that has gone already need not be killed; its exit has been or will be told.
  const stop = () => void kill().catch(() => {});
  channel.on('message', (message) => {
    const parsed = trainerEvent.safeParse(message?.data);
    // A trainer that does not speak the protocol cannot be trusted with anything; its end is told like a crash.
    if (!parsed.success) return stop();
    if (listeners.length === 0) early.push(parsed.data);
    for (const listener of listeners) listener(parsed.data);
  });
  const handle: TrainerHandle = {
    id,
    pid: null,
    send: (command) => channel.postMessage(command),
    onEvent: (listener) => {
      listeners.push(listener);
      for (const event of early.splice(0)) listener(event);
    },
    onExit: (listener) => {
      if (exited === null) exitListeners.push(listener);
      else listener(exited);
    },
    kill: stop,
  };
  return {
    handle,
    ended: (exit) => {
      exited = exit;
      for (const listener of exitListeners) listener(exit);
    },
  };
}
