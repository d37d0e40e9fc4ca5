import { Command, CommanderError } from 'commander';
import { addAugment } from './commands/augment.ts';
import { addBackbone } from './commands/backbone.ts';
import { addDemo } from './commands/demo.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addImport } from './commands/import.ts';
import { addInfo } from './commands/info.ts';
import { addLabel } from './commands/label.ts';
import { addProbe } from './commands/probe.ts';
import { addTrain } from './commands/train.ts';
import { addExport, addPredict } from './commands/use.ts';
import { exitCodes, toFailure } from './failures.ts';
import { createOutput } from './output.ts';
import { programVersion, type Studio, withStudio } from './studio.ts';

/** Runs one command with an engine; how it ended is kept for the exit code. */
export type RunCommand = (work: (studio: Studio) => Promise<void>) => Promise<void>;

const introduction = `Labels images, grafts a task onto a pretrained network, and judges the result honestly. Offline.

A project is a folder NAME.enxerto; its images stay where they are.`;
const examples = `
The whole way:
  $ enxerto import leaves ./photos --labels folders
  $ enxerto train leaves
  $ enxerto evaluate leaves --report leaves.html
  $ enxerto predict leaves ./new-photos --out answers.csv
  $ enxerto export leaves --out leaves.onnx
Or all of it on the bundled sample:
  $ enxerto demo

Exit codes: 0 done, 1 failed (the error's code is printed first), 2 wrong usage, 130 cancelled.
With --json every line of the output is one JSON object; the last one has the result.
`;

/** Runs the command line and answers with its exit code. */
export async function runProgram(words: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = new Command('enxerto')
    .description(introduction)
    .version(programVersion())
    .option('--json', 'print JSON lines for programs instead of text for people')
    .addHelpText('after', examples)
    .showHelpAfterError('(enxerto --help and enxerto COMMAND --help tell more)')
    .exitOverride();
  const run: RunCommand = async (work) => {
    const output = createOutput(program.opts<{ json?: boolean }>().json === true);
    try {
      signal.throwIfAborted();
      // Work that came to its end is done, even where somebody wanted to end it in its last moment.
      await withStudio(output, signal, work);
    } catch (error) {
      const { exitCode: code, ...failure } = toFailure(error, signal.aborted);
      output.fail(failure);
      exitCode = code;
    }
  };
  for (const add of [
    addImport,
    addLabel,
    addAugment,
    addTrain,
    addEvaluate,
    addPredict,
    addExport,
    addInfo,
    addBackbone,
    addProbe,
    addDemo,
  ]) {
    add(program, run);
  }
  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) {
    command.exitOverride().option('--json', 'print JSON lines');
    command.hook('preAction', (_, action) => {
      if (action.opts<{ json?: boolean }>().json) program.setOptionValue('json', true);
    });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end this way as well, with code 0.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return exitCode;
}
