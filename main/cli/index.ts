import { runProgram } from './program.ts';

/** Ctrl+C asks once: the command ends cleanly, leaving a checkpoint. The second time it ends at once. */
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  });
}
process.exitCode = await runProgram(process.argv.slice(2), ending.signal);
