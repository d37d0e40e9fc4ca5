import { runProgram } from './program.ts';

/** Ctrl+C asks once: the command ends cleanly, leaving a checkpoint. The second time it ends at once. */
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  });
}
// Whoever was reading has seen enough (`enxerto … | head`): what is left to say is for nobody, and no fault. A command
// that is at work ends as with Ctrl+C.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exitCode ??= 0;
  ending.abort();
});
process.exitCode = await runProgram(process.argv.slice(2), ending.signal);
