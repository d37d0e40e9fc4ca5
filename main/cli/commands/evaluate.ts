import type { Command } from 'commander';
import { whole } from '../options.ts';
import type { RunCommand } from '../program.ts';
import { findRun } from '../runs.ts';
import { openProject } from '../studio.ts';
import { table } from '../text.ts';
import { comparisonText, confusionText, resultsText } from '../wording.ts';

type Options = {
  readonly run?: string;
  readonly compare?: string;
  readonly report?: string;
  readonly mistakes: number;
};

/** `enxerto evaluate`: what a run is worth, and whether it is better than another. */
export function addEvaluate(program: Command, run: RunCommand): void {
  program
    .command('evaluate <project>')
    .summary('say how good a run is, class by class, and compare it with another')
    .description(
      'Shows the results of a run on images that its networks never saw, with 95 % intervals. The newest finished run is taken unless one is named.',
    )
    .option('--run <run>', 'name or id of the run')
    .option('--compare <run>', 'another run on the same images, with a paired test')
    .option('--report <file.html>', 'write everything as one HTML file')
    .option('--mistakes <n>', 'list so many of the most confident mistakes', whole(0, 60), 5)
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto evaluate leaves
  $ enxerto evaluate leaves --run "Run 2" --compare "Run 1"
  $ enxerto evaluate leaves --report leaves.html
`,
    )
    .action((project: string, options: Options) =>
      run(async (studio) => {
        const { client, output, grant } = studio;
        await openProject(studio, project);
        const chosen = await findRun(studio, options.run);
        const results = await client.training.results({ run: chosen.id });
        output.say(resultsText(results));
        const confusion = confusionText(results);
        if (confusion) output.say(`\n${confusion}`);
        const mistakes = results.mistakes.slice(0, options.mistakes);
        if (mistakes.length > 0) {
          const nameOf = (ids: readonly number[]) =>
            ids.map((id) => results.classes.find((each) => each.classId === id)?.name ?? '').join(', ');
          const rows = mistakes.map((each) => [
            each.path,
            nameOf(each.trueClassIds),
            nameOf(each.predictedClassIds),
            each.confidence.toFixed(2),
          ]);
          output.say(`\n${table(['worst mistakes', 'is', 'taken for', 'confidence'], rows)}`);
        }
        output.event('results', { results });
        if (options.compare !== undefined) {
          const other = await findRun(studio, options.compare);
          const compared = await client.training.compare({ first: other.id, second: chosen.id });
          output.say(`\n${comparisonText(compared, other.name, chosen.name)}`);
          output.event('comparison', { first: other.id, second: chosen.id, ...compared });
        }
        if (options.report !== undefined) {
          await client.training.report({ run: chosen.id, target: grant('save', options.report) });
          output.say(`\nReport: ${options.report}`);
          output.event('report', { file: options.report });
        }
      }),
    );
}
