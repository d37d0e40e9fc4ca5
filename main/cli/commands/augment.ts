import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type AugmentationPreset,
  augmentationPresets,
  concernsOf,
  presetSettings,
} from '../../../shared/domain/augmentation.ts';
import { previewFile } from '../../engine/training/preview-file.ts';
import { writeFailure } from '../../lib/file-failure.ts';
import { cancellable } from '../failures.ts';
import { whole } from '../options.ts';
import type { RunCommand } from '../program.ts';
import { openProject } from '../studio.ts';
import { count } from '../text.ts';
import { augmentationConcern } from '../wording.ts';
import { readRecipe } from './train.ts';

type Options = {
  readonly out: string;
  readonly augment?: AugmentationPreset;
  readonly recipe?: string;
  readonly sheets: number;
};

/** Writes; a failure names what was to be written and what to do. */
async function writing(path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** `enxerto augment`: what training would see of some images, as pictures. */
export function addAugment(program: Command, run: RunCommand): void {
  program
    .command('augment <project>')
    .summary('show what augmentation does to images of a project, as pictures')
    .description(
      'Writes sheets of pictures into a folder: one row an image, first as it is, then four views as training would draw them. Look whether every view still has the label of its image.',
    )
    .requiredOption('--out <folder>', 'where the sheets go')
    .addOption(new Option('--augment <preset>', 'a preset').choices(augmentationPresets).conflicts('recipe'))
    .option('--recipe <file>', 'the augmentation of a whole recipe as JSON')
    .option('--sheets <n>', 'sheets, each with other images and other views', whole(1, 50), 1)
    .addHelpText(
      'after',
      `
Examples:
  $ enxerto augment leaves --augment leaves --out views
`,
    )
    .action((project: string, options: Options) =>
      run(async (studio) => {
        await openProject(studio, project);
        const { client, engine, output, signal } = studio;
        const advice = await client.training.recommend({});
        const chosen = options.recipe === undefined ? advice.recipe : readRecipe(options.recipe);
        const recipe =
          options.augment === undefined
            ? chosen
            : { ...chosen, augmentation: presetSettings(options.augment, chosen.augmentation.domain) };
        for (const concern of concernsOf(recipe.augmentation))
          output.say(`! ${augmentationConcern(concern)}`);
        await writing(options.out, () => mkdir(options.out, { recursive: true }));
        const stopped = `The sheets were stopped. Those already written stay in ${options.out}.`;
        const files: string[] = [];
        for (let draw = 0; draw < options.sheets; draw++) {
          const made = await cancellable(signal, stopped, () =>
            client.training.previewAugmentation({ recipe, draw }, { signal }),
          );
          const file = join(options.out, `views-${draw + 1}.webp`);
          await writing(file, () => copyFile(previewFile(engine.context.project(), made.sheet), file));
          files.push(file);
          output.say(`${count(made.images, 'image')}, ${count(made.views, 'view')} each: ${file}`);
        }
        output.event('result', { files, augmentation: recipe.augmentation });
      }),
    );
}
