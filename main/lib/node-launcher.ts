import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type TrainerEvent, trainerEvent } from '../../shared/contract/trainer.ts';
import { childEnvironment } from './child-environment.ts';
import type { Launcher, TrainerExit, TrainerHandle } from './launcher.ts';

/** Starts trainers as plain Node children, for the command line, headless engines and tests. */
export function createNodeLauncher(
  entry: string = fileURLToPath(new URL('../trainer/index.ts', import.meta.url)),
): Launcher {
  return {
    launch: (id) =>
      new Promise((resolve, reject) => {
        const child = fork(entry, [], {
          env: childEnvironment(process.env),
          execArgv: [],
          serialization: 'advanced',
          // What foreign libraries print while they are tried would look like errors; what matters is reported.
          stdio: ['ignore', 'ignore', id.startsWith('probe-') ? 'ignore' : 'inherit', 'ipc'],
        });
        child.once('error', reject);
        child.once('spawn', () => {
          child.off('error', reject);
          resolve(handleOf(id, child));
        });
      }),
  };
}

function handleOf(id: string, child: ReturnType<typeof fork>): TrainerHandle {
  const early: TrainerEvent[] = [];
  const listeners: ((event: TrainerEvent) => void)[] = [];
  const exitListeners: ((exit: TrainerExit) => void)[] = [];
  let exit: TrainerExit | null = null;
  child.on('message', (message) => {
    const event = trainerEvent.safeParse(message);
    // A trainer that says what nobody understands is broken: its end is handled like any crash.
    if (!event.success) {
      child.kill('SIGKILL');
      return;
    }
    if (listeners.length === 0) early.push(event.data);
    for (const listener of listeners) listener(event.data);
  });
  // Sending to a child that has just ended fails here; its exit is what counts.
  child.on('error', () => {});
  // `close` comes after the pipe is drained, so no event follows it; `exit` may come before the last events.
  child.on('close', (code, signal) => {
    exit = { code, signal };
    for (const listener of exitListeners) listener(exit);
  });
  return {
    id,
    pid: child.pid ?? null,
    send: (command) => {
      if (child.connected) child.send(command);
    },
    onEvent: (listener) => {
      listeners.push(listener);
      for (const event of early.splice(0)) listener(event);
    },
    onExit: (listener) => {
      if (exit) listener(exit);
      else exitListeners.push(listener);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
