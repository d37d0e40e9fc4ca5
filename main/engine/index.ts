import { RPCHandler } from '@orpc/server/message-port';
import { processStart } from '../../shared/contract/host.ts';
import { randomIds } from '../lib/clock.ts';
import { channels, nextMessage, processPort } from '../lib/ports.ts';
import { measureIfChanged } from './computing/service.ts';
import { createEngine } from './engine.ts';
import { failureInterceptor } from './failures.ts';
import { controlRouter } from './handlers/control.ts';
import { connectHost } from './host-link.ts';

/**
 * The engine as a process of its own, started by the shell: the first message says who it works for, then the
 * channels `control`, `client` and `host` carry the contracts.
 */
async function start(): Promise<void> {
  const parent = processPort();
  const options = processStart.parse(await nextMessage(parent));
  const split = channels(parent);
  const shell = connectHost(split);
  const engine = await createEngine({ ...options, host: shell.host, launcher: shell.launcher });
  const { log } = engine.context;
  measureIfChanged(engine.context);

  let ending: Promise<void> | null = null;
  const end = (): Promise<void> => {
    ending ??= engine.close().catch((error: unknown) => {
      log.error({ err: error }, 'the project did not close in order');
    });
    return ending;
  };
  const control = controlRouter(engine.context, {
    trainerExited: shell.trainerExited,
    shutdown: async () => {
      await end();
      // After the answer has left.
      setImmediate(() => process.exit(0));
    },
  });
  const interceptors = [failureInterceptor(log, randomIds)];
  new RPCHandler(control, { clientInterceptors: interceptors }).upgrade(split.channel('control'));
  split.accept('client', engine.serve);
  // A shell that has died cannot ask: close in order, keep the labels safe, and go.
  parent.onClose(() => void end().then(() => process.exit(0)));
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'the engine fails');
    // Nothing of what follows an unknown state can be trusted; the shell starts a new engine.
    process.exit(70);
  });
}

await start();
