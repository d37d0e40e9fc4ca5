import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ImportReport } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import {
  groupRuleOf,
  importToEnd,
  type LabelOptions,
  labelSourceOf,
  planText,
  reportText,
} from '../importing.ts';
import type { RunCommand } from '../program.ts';
import { openOrCreateProject, projectPath, type Studio } from '../studio.ts';

type Options = LabelOptions & { readonly task: 'single' | 'multi'; readonly dryRun?: boolean };

/** Options that say where labels and groups are, shared by the commands that read them. */
export function addLabelOptions(command: Command): Command {
  return command
    .option('--file-column <name>', 'column of the table that names the image')
    .option('--label-column <name...>', 'column with the class, or several columns with 0/1 flags')
    .option('--fold-column <name>', 'column with the fold that each image is tested in')
    .option('--group-column <name>', 'column with the plant, patient or plot an image belongs to')
    .option('--names <pairs>', 'names for the values of the label column, as 0=healthy,1=rust');
}

/** `enxerto import`: images into a project, which is made where there is none. */
export function addImport(program: Command, run: RunCommand): void {
  const command = program
    .command('import <project> <folder>')
    .summary('put images into a project, with labels where there are any')
    .description(
      'Puts the images of a folder (and of the folders in it) into a project. The files stay where they are and are never changed. The project is made where there is none.',
    )
    .addOption(
      new Option('--task <kind>', 'one class an image, or any number of labels')
        .choices(['single', 'multi'])
        .default('single'),
    )
    .option('--labels <where>', 'none, folders (each folder is a class), or a table (.csv)', 'none')
    .option('--group-by <rule>', 'which images belong together: folder, or a pattern with one (group)')
    .option('--dry-run', 'say what would happen and write nothing');
  addLabelOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto import leaves ./photos
  $ enxerto import leaves ./photos --labels folders
  $ enxerto import leaves ./photos --labels labels.csv --file-column file --label-column class
  $ enxerto import leaves ./photos --group-by "plant-(\\d+)"   images of a plant are never learned and tested apart
`,
    )
    .action((project: string, folder: string, options: Options) =>
      run((studio) =>
        inProject(studio, project, options, async () => {
          const { client, output, grant } = studio;
          const source = grant('folder', folder);
          const groups = groupRuleOf(options.groupBy);
          const labels = await labelSourceOf(studio, source, options);
          if (options.dryRun) {
            const plan = await client.images.planImport({ source, labels, groups });
            output.say(planText(plan));
            output.event('plan', { ...plan, csvFiles: plan.csvFiles.map((each) => each.name) });
            return;
          }
          const report = await importToEnd(studio, source, labels, groups);
          output.say(reportText(report));
          output.event('result', { ...report });
          requireSome(report, folder);
        }),
      ),
    );
}

/** Opens or makes the project. One that was made for nothing (a dry run, a wrong folder) does not stay behind. */
async function inProject(
  studio: Studio,
  named: string,
  options: Options,
  work: () => Promise<void>,
): Promise<void> {
  const isNew = !existsSync(projectPath(named));
  const { location } = await openOrCreateProject(
    studio,
    named,
    options.task === 'multi' ? 'multiLabel' : 'singleLabel',
  );
  try {
    await work();
  } finally {
    const { total } = isNew ? await studio.client.images.counts() : { total: 1 };
    if (total === 0) {
      await studio.client.projects.close();
      await studio.engine.context.recent.forget(location);
      await rm(location, { recursive: true, force: true });
    }
  }
}

/** An import after which there is nothing to work with has failed, for a script as well. */
function requireSome({ imported, alreadyThere, failed }: ImportReport, folder: string): void {
  if (imported > 0 || alreadyThere > 0 || failed.length === 0) return;
  const message = `Not one of the ${failed.length} images in ${folder} can be read. Replace them with good copies and import again.`;
  throw new StudioError('FILE_UNREADABLE', message, { file: folder });
}
