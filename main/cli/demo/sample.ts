import { join } from 'node:path';
import type { Strategy } from '../../../shared/contract/recipe.ts';
import type { RunResults } from '../../../shared/contract/training.ts';
import { importToEnd } from '../importing.ts';
import { trainToEnd } from '../runs.ts';
import { resourcesFolder, type Studio } from '../studio.ts';

/** The bundled sample: 250 coffee leaves, five classes, five folds. */
export const sampleFolder = join(resourcesFolder, 'sample');

/** Makes a project of the bundled sample in a folder: images, labels and folds. */
export async function makeSampleProject(
  studio: Studio,
  folder: string,
): Promise<{ readonly images: number }> {
  const { client, commandId, grant } = studio;
  const parent = grant('folder', folder);
  await client.projects.create({
    commandId: commandId(),
    name: 'Coffee leaves',
    task: 'singleLabel',
    folder: parent,
  });
  const labels = {
    kind: 'csv' as const,
    csv: grant('file', join(sampleFolder, 'labels.csv')),
    fileColumn: 'file',
    labelColumns: ['class'],
    foldColumn: 'fold',
  };
  const report = await importToEnd(studio, grant('folder', sampleFolder), labels, { kind: 'none' });
  return { images: report.imported };
}

/** Trains the recommended recipe of a strategy on the sample's own folds, and answers with its results. */
export async function trainOnSample(
  studio: Studio,
  strategy: Strategy,
  seed: number,
  options: { readonly name: string; readonly finalModel: boolean } = { name: strategy, finalModel: false },
): Promise<RunResults> {
  const { client } = studio;
  const { recipe } = await client.training.recommend({ strategy });
  const run = await trainToEnd(studio, {
    recipe: { ...recipe, seed },
    evaluation: { kind: 'stated' },
    name: `${options.name}, seed ${seed}`,
    finalModel: options.finalModel,
  });
  return client.training.results({ run: run.id });
}
