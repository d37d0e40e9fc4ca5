import type { Command } from 'commander';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { RunCommand } from '../program.ts';
import { exportRun, findRun, predictWith } from '../runs.ts';
import { openProject } from '../studio.ts';
import { count, duration, size, table } from '../text.ts';

/** `enxerto predict`: a folder to a table. */
export function addPredict(program: Command, run: RunCommand): void {
  program
    .command('predict <project> <folder>')
    .summary('say what is in every image of a folder, as a table')
    .description(
      'Writes one row an image: file, class, probability, one column for each class, and the reason where an image could not be read.',
    )
    .requiredOption('--out <file.csv>', 'the table to write')
    .option('--run <run>', 'name or id of the run; otherwise the newest finished one')
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto predict leaves ./new-photos --out answers.csv
`,
    )
    .action((project: string, folder: string, options: { out: string; run?: string }) =>
      run(async (studio) => {
        await openProject(studio, project);
        const chosen = await findRun(studio, options.run);
        const { csv: _, ...result } = await predictWith(studio, chosen.id, folder, options.out);
        const { output } = studio;
        output.say(`${count(result.images, 'image')} in ${duration(result.seconds)}: ${options.out}`);
        output.say(
          table(
            ['class', 'images'],
            result.byClass.map((each) => [each.name, String(each.images)]),
          ),
        );
        for (const problem of result.failed) output.say(`! ${problem.file}: ${problem.message}`);
        output.event('result', { file: options.out, ...result });
        if (result.images === 0) {
          const message = `Not one of the ${result.failed.length} images in ${folder} can be read. Replace them with good copies and predict again.`;
          throw new StudioError('FILE_UNREADABLE', message, { file: folder });
        }
      }),
    );
}

/** `enxerto export`: a network as one file, with proof. */
export function addExport(program: Command, run: RunCommand): void {
  program
    .command('export <project>')
    .summary('write the trained network as one ONNX file, with proof that it answers alike')
    .description(
      'Writes the trained network with its preprocessing and class names as one ONNX file, and compares it with the trained one from the image files on. A file that does not answer alike is not written.',
    )
    .requiredOption('--out <file.onnx>', 'the file to write')
    .option('--run <run>', 'name or id of the run; otherwise the newest finished one')
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto export leaves --out leaves.onnx
`,
    )
    .action((project: string, options: { out: string; run?: string }) =>
      run(async (studio) => {
        await openProject(studio, project);
        const chosen = await findRun(studio, options.run);
        const { certificate } = await exportRun(studio, chosen.id, options.out);
        const { output } = studio;
        output.say(`${options.out}: ${size(certificate.bytes)}, SHA-256 ${certificate.sha256}`);
        output.say(
          `Same answer on ${(100 * certificate.top1Agreement).toFixed(1)} % of ${count(certificate.images, 'image')}, ` +
            `probabilities at most ${certificate.maxAbsDiff.toExponential(1)} apart (allowed ${certificate.tolerance}).`,
        );
        output.event('result', { file: options.out, certificate });
      }),
    );
}
