import type { Command } from 'commander';
import { StudioError } from '../../../shared/domain/errors.ts';
import { listSources } from '../../engine/stores/sources.ts';
import { importToEnd, type LabelOptions, labelSourceOf, reportText } from '../importing.ts';
import type { RunCommand } from '../program.ts';
import { openProject } from '../studio.ts';
import { addLabelOptions } from './import.ts';

type Options = Omit<LabelOptions, 'labels'> & { readonly from: string };

/** `enxerto label`: labels for images that are already in the project. */
export function addLabel(program: Command, run: RunCommand): void {
  const command = program
    .command('label <project>')
    .summary('label the images of a project from a table or from their folders')
    .description(
      'Labels images that are already in the project: from a table (.csv), or from the names of the folders they are in. New images in those folders are imported as well. One step of undo.',
    )
    .requiredOption('--from <where>', 'a table (.csv), or folders');
  addLabelOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto label leaves --from labels.csv
  $ enxerto label leaves --from labels.csv --file-column id --label-column stress --names 0=healthy,1=miner
  $ enxerto label leaves --from folders
`,
    )
    .action((project: string, options: Options) =>
      run(async (studio) => {
        const { output } = studio;
        await openProject(studio, project);
        const sources = listSources(studio.engine.context.project().db).map((each) => each.absolutePath);
        if (sources.length === 0) {
          throw new StudioError(
            'FOLDER_EMPTY',
            `There are no images in this project yet: enxerto import ${project} FOLDER`,
          );
        }
        let labeled = 0;
        for (const folder of sources) {
          const source = studio.grant('folder', folder);
          const labels = await labelSourceOf(studio, source, { ...options, labels: options.from });
          const report = await importToEnd(studio, source, labels, { kind: 'none' });
          labeled += report.labeled;
          output.say(reportText(report));
        }
        output.event('result', { labeled });
      }),
    );
}
