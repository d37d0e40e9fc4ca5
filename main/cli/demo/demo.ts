import { access, constants, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Strategy } from '../../../shared/contract/recipe.ts';
import type { RunComparison, RunResults } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { smallestTellable } from '../../engine/validation/comparison.ts';
import { exportRun, predictWith } from '../runs.ts';
import type { Studio } from '../studio.ts';
import { count, duration, percent, table, withInterval } from '../text.ts';
import { comparisonText } from '../wording.ts';
import { makeSampleProject, sampleFolder, trainOnSample } from './sample.ts';

/** What the demo trains, in this order; hybrid is feature extraction followed by fine-tuning at a lower rate. */
const steps: readonly { readonly strategy: Strategy; readonly title: string; readonly key: string }[] = [
  { strategy: 'featureExtraction', title: 'Feature extraction', key: 'featureExtraction' },
  { strategy: 'hybrid', title: 'Fine-tuning', key: 'fineTuning' },
  { strategy: 'scratch', title: 'Small network from scratch', key: 'scratch' },
];

/** One row of the demo's table. */
type Row = (typeof steps)[number] & { readonly results: RunResults };

/**
 * The whole main job on the bundled sample: import, three ways to train on the same folds, comparison, prediction,
 * export with proof, report. Ends with one JSON object whose keys are promised.
 */
export async function runDemo(
  studio: Studio,
  options: { readonly seed: number; readonly folder?: string },
): Promise<void> {
  const { output } = studio;
  const startedAt = performance.now();
  const folder = await demoFolder(options.folder);
  const { images } = await makeSampleProject(studio, folder);
  output.say(`${count(images, 'coffee leaf', 'coffee leaves')} imported, five classes, five folds.`);
  const rows: Row[] = [];
  for (const step of steps) {
    output.say(`${step.title} …`);
    const results = await trainOnSample(studio, step.strategy, options.seed, {
      name: step.title,
      // Only the one that is used and exported needs it; the others are there to be compared.
      finalModel: step.key === 'fineTuning',
    });
    rows.push({ ...step, results });
    output.say(`  ${withInterval(results.accuracy)} in ${duration(results.run.seconds ?? 0)}`);
  }
  const [features, tuned, scratch] = rows as [Row, Row, Row];
  const paired = await compare(studio, features, tuned);
  const pretrained = await compare(studio, scratch, features);
  const written = await writeFiles(studio, tuned, folder);
  const seconds = (performance.now() - startedAt) / 1000;
  output.say(`\n${tableOf(rows)}\n`);
  output.say(comparisonText(pretrained, scratch.title, features.title));
  output.say(comparisonText(paired, features.title, tuned.title));
  output.say(whatCanBeTold(features, paired));
  output.say(
    `\nExport: same answer on ${percent(written.certificate.top1Agreement)} of ${written.certificate.images} images, ` +
      `probabilities at most ${written.certificate.maxAbsDiff.toExponential(1)} apart.`,
  );
  output.say(`Report:  ${written.report}`);
  output.say(`Answers: ${written.predictions}`);
  output.say(`Network: ${written.network}`);
  output.say(`All of it in ${duration(seconds)}.`);
  output.event('comparison', { first: 'featureExtraction', second: 'fineTuning', ...paired });
  output.event('comparison', { first: 'scratch', second: 'featureExtraction', ...pretrained });
  output.raw({
    ...Object.fromEntries(rows.map((row) => [row.key, summary(row.results)])),
    export: {
      images: written.certificate.images,
      maxAbsDiff: written.certificate.maxAbsDiff,
      top1Agreement: written.certificate.top1Agreement,
    },
    report: written.report,
    seconds,
  });
}

const summary = ({ accuracy, run }: RunResults) => ({
  accuracy: accuracy.value,
  interval: [accuracy.low, accuracy.high],
  seconds: run.seconds,
});

const compare = ({ client }: Studio, first: Row, second: Row): Promise<RunComparison> =>
  client.training.compare({ first: first.results.run.id, second: second.results.run.id });

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ title, results }) => [
    title,
    withInterval(results.accuracy),
    withInterval(results.balancedAccuracy),
    String(Math.round(results.run.seconds ?? 0)),
  ]);
  const baseline = rows[0]?.results.baseline ?? null;
  cells.push(['Always the commonest class', percent(baseline), '—', '—']);
  return table(['on five folds', 'accuracy (95 % interval)', 'balanced accuracy', 'seconds'], cells);
}

/** Small samples tell little: how little is part of the result. */
function whatCanBeTold(row: Row, paired: RunComparison): string {
  const n = row.results.tested;
  const share = row.results.accuracy.value ?? 0;
  const error = 100 * Math.sqrt((share * (1 - share)) / n);
  const differing = paired.onlyFirstRight + paired.onlySecondRight;
  const least = smallestTellable(paired.images, differing);
  const told =
    least === null
      ? 'they differ on too few images for any difference to be called one'
      : `only a difference of ${(100 * least).toFixed(1)} points or more could have been called one`;
  return `With ${n} images one standard error is ${error.toFixed(1)} points; of the last two, ${told}.`;
}

async function writeFiles(studio: Studio, best: Row, folder: string) {
  const run = best.results.run.id;
  const predictions = join(folder, 'answers.csv');
  const network = join(folder, 'coffee-leaves.onnx');
  const report = join(folder, 'report.html');
  await predictWith(studio, run, join(sampleFolder, 'images'), predictions);
  const { certificate } = await exportRun(studio, run, network);
  await studio.client.training.report({ run, target: studio.grant('save', report) });
  return { predictions, network, report, certificate };
}

/** A folder of the person's choice (empty), or `.enxerto/demo` below the present one, emptied of the last demo. */
async function demoFolder(chosen: string | undefined): Promise<string> {
  if (chosen !== undefined) {
    const folder = resolve(chosen);
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return folder;
    throw new StudioError('BAD_REQUEST', `${folder} is not empty. Name a new folder.`, { file: folder });
  }
  const writable = await access(process.cwd(), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return mkdtemp(join(tmpdir(), 'enxerto-demo-'));
  const folder = resolve('.enxerto', 'demo');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}
