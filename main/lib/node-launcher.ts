import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './child-environment.ts';
import { followTrainer, type Launcher, type TrainerHandle } from './launcher.ts';

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
  const { handle, heard, ended } = followTrainer({
    id,
    pid: child.pid ?? null,
    send: (command) => {
      if (child.connected) child.send(command);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  });
  child.on('message', heard);
  // Sending to a child that has just ended fails here; its exit is what counts.
  child.on('error', () => {});
  // `close` comes after the pipe is drained, so no event follows it; `exit` may come before the last events.
  child.on('close', (code, signal) => ended({ code, signal }));
  return handle;
}
