import { constants, setPriority } from 'node:os';
import { steadyClock } from '../lib/clock.ts';
import { configurePixels } from '../lib/pixels/index.ts';
import { processPort } from '../lib/ports.ts';
import { serveTrainer } from './jobs/serve.ts';

/** Entry of the trainer process: one job, then the end. */
async function main(): Promise<void> {
  lowerPriority();
  // Ctrl+C at a terminal reaches the whole group: whoever started the job asks for its end, with a checkpoint.
  process.on('SIGINT', () => undefined);
  // Several images are decoded side by side; more threads each would only take turns with the network's.
  configurePixels({ threadsPerImage: 1 });
  await serveTrainer(processPort(), steadyClock);
  leave();
}

/** Labeling goes first on a small machine; where the system forbids the change, training goes on as it is. */
function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    process.emitWarning(
      `The priority could not be lowered: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Ends the process once the last event has left it. */
function leave(): void {
  // A Node child ends by itself when the pipe no longer keeps it and what was sent is through;
  // a utility process has no such moment, and gets a fixed one.
  process.channel?.unref();
  const limit = process.channel ? 3000 : 100;
  const timer = setTimeout(() => process.exit(0), limit);
  if (process.channel) timer.unref();
}

await main();
