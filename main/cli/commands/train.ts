import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ExecutorChoice, executorChoice } from '../../../shared/contract/executor.ts';
import {
  type Evaluation,
  type Recipe,
  recipe,
  type Strategy,
  strategy,
} from '../../../shared/contract/recipe.ts';
import {
  type AugmentationPreset,
  augmentationPresets,
  concernsOf,
  presetSettings,
} from '../../../shared/domain/augmentation.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { onBackbone } from '../../../shared/domain/recipes.ts';
import { fileFailure } from '../../lib/file-failure.ts';
import { computingLine, knownComputing } from '../computing.ts';
import { tellLostFiles } from '../lost-files.ts';
import { number, whole } from '../options.ts';
import type { RunCommand } from '../program.ts';
import { findRun, followRun, trainToEnd } from '../runs.ts';
import { openProject, type Studio } from '../studio.ts';
import { duration, size } from '../text.ts';
import { augmentationConcern, reasonText, resultsText, warningText } from '../wording.ts';
import { addConductOptions, type ConductOptions, withConduct } from './train-conduct.ts';
import { addRuleOptions, type RuleOptions, withRules } from './train-rules.ts';

type Options = RuleOptions &
  ConductOptions & {
    readonly strategy?: Strategy;
    readonly backbone?: string;
    readonly epochs?: number;
    readonly learningRate?: number;
    readonly batch?: number;
    readonly folds?: number;
    readonly test?: number;
    readonly statedFolds?: boolean;
    readonly seed?: number;
    readonly augment?: AugmentationPreset;
    readonly name?: string;
    readonly recipe?: string;
    readonly resume?: string;
    readonly executor?: ExecutorChoice;
    readonly dryRun?: boolean;
  };

/** `enxerto train`: a run from the recommendation, changed by options, to its results. */
export function addTrain(program: Command, run: RunCommand): void {
  const command = program
    .command('train <project>')
    .summary('train and test a network on the labeled images of a project')
    .description(
      'Trains on the labeled images and tests every network on images it never saw. Without options it does what is recommended for these data, and says why.',
    )
    .addOption(new Option('--strategy <name>', 'what learns').choices(strategy.options).conflicts('recipe'))
    .option('--backbone <id>', 'pretrained network (see: enxerto info)')
    .option('--epochs <n>', 'epochs of the last phase', whole(1, 1000))
    .option('--learning-rate <rate>', 'peak rate of the last phase', number(1e-7, 10))
    .option('--batch <n>', 'images a step', whole(1, 512))
    .addOption(
      new Option('--folds <k>', 'test every image once, in k folds')
        .argParser(whole(2, 20))
        .conflicts(['test', 'statedFolds']),
    )
    .addOption(
      new Option('--test <share>', 'keep this share of the images for the test')
        .argParser(number(0.05, 0.5))
        .conflicts('statedFolds'),
    )
    .option('--stated-folds', 'test on the folds that came with the labels')
    .addOption(
      new Option('--augment <preset>', 'what may change in a picture without changing its answer').choices(
        augmentationPresets,
      ),
    )
    .option('--seed <n>', 'seed of all chance; results sum up three', whole(0, 0xffffffff))
    .option('--name <text>', 'name of the run')
    .option(
      '--recipe <file>',
      'a whole recipe as JSON, which other options change (print one with: --dry-run --json)',
    )
    .option('--resume <run>', 'go on with an interrupted or cancelled run')
    .addOption(
      new Option(
        '--executor <name>',
        'what computes, never replaced by another (see: enxerto probe)',
      ).choices(executorChoice.options),
    )
    .option('--dry-run', 'say what would happen, and how long it takes');
  addConductOptions(addRuleOptions(command))
    .addHelpText(
      'after',
      `
Strategies:
  featureExtraction  only the new part learns, on top of a pretrained network: fast, good with few images
  fineTuning         the last blocks of the pretrained network learn as well
  hybrid             first the one, then the other (recommended from about ten images a class)
  scratch            a small network without pretraining: the honest rival

Varying the training pictures (--augment): none, or what the pictures show
  photos leaves xray stains microscopy aerial lesions text: only what keeps their answers (labels) true
  strong             RandAugment on everyday photos, for networks that learn from nothing
  The numbers behind each, and all others, are in the recipe: --dry-run --json, then --recipe.

Examples:
  $ enxerto train leaves
  $ enxerto train leaves --strategy featureExtraction --folds 5 --seed 1
  $ enxerto train leaves --dry-run --json > plan.json
  $ enxerto train leaves --resume "Run 3"
Ctrl+C cancels the run and leaves a checkpoint from which --resume goes on.
`,
    )
    .action((project: string, options: Options) =>
      run(async (studio) => {
        await openProject(studio, project);
        const finished =
          options.resume === undefined
            ? await start(studio, options)
            : await resume(studio, options.resume, options.executor);
        if (finished === null) return;
        const results = await studio.client.training.results({ run: finished.id });
        studio.output.say();
        studio.output.say(resultsText(results));
        studio.output.event('result', { run: finished, results });
      }),
    );
}

const aboutTesting = new Set(['everyImageTested', 'partHeldOut', 'statedFolds']);

async function resume(studio: Studio, named: string, executor: ExecutorChoice | undefined) {
  const run = await findRun(studio, named);
  const { client, commandId } = studio;
  const other = executor === undefined ? {} : { executor };
  return followRun(studio, await client.training.resume({ commandId: commandId(), run: run.id, ...other }));
}

async function start(studio: Studio, options: Options) {
  const { client, output } = studio;
  await tellLostFiles(studio);
  const advice = await client.training.recommend(options.strategy ? { strategy: options.strategy } : {});
  const backbones = await client.training.backbones();
  const blocksOf = (id: string | null) =>
    backbones.find((each) => each.id === id)?.blocks.map((block) => block.id) ?? [];
  const begin = options.recipe === undefined ? advice.recipe : readRecipe(options.recipe);
  const chosen = changed(begin, options, blocksOf);
  requireBackbone(
    chosen,
    backbones.map(({ id }) => id),
  );
  const evaluation = evaluationOf(advice.evaluation, options);
  // Why the recommended test is a good one says nothing about another that was asked for.
  const isOwnTest = JSON.stringify(evaluation) !== JSON.stringify(advice.evaluation);
  for (const reason of advice.reasons)
    if (!(isOwnTest && aboutTesting.has(reason.code))) output.say(`· ${reasonText(reason)}`);
  for (const warning of advice.warnings) output.say(`! ${warningText(warning)}`);
  const stop = advice.warnings.find((warning) => warning.severity === 'stop');
  if (stop) {
    const code = stop.code === 'oneClass' ? 'ONE_CLASS' : 'TOO_FEW_IMAGES';
    throw new StudioError(code, `Training cannot start: ${warningText(stop)}`, stop.params);
  }
  for (const concern of concernsOf(chosen.augmentation)) output.say(`! ${augmentationConcern(concern)}`);
  const estimate = await client.training.estimate({ recipe: chosen, evaluation });
  output.say(
    `About ${duration(estimate.seconds)}, ${size(estimate.memoryBytes)} of memory and ${size(estimate.diskBytes)} on the disk.`,
  );
  output.event('plan', { ...advice, recipe: chosen, evaluation, estimate });
  if (options.dryRun) return null;
  if (options.executor === undefined) output.say(computingLine(await knownComputing(studio)));
  const name = options.name === undefined ? {} : { name: options.name };
  const executor = options.executor === undefined ? {} : { executor: options.executor };
  return trainToEnd(studio, { recipe: chosen, evaluation, ...name, ...executor });
}

/** StudioError NOT_FOUND for a network that is neither bundled nor the person's own, before anything begins. */
function requireBackbone({ backbone }: Recipe, known: readonly BackboneId[]): void {
  if (backbone === null || known.includes(backbone)) return;
  const message = `There is no pretrained network "${backbone}". There are: ${known.join(', ')} (enxerto info tells more; enxerto backbone import takes one of your own).`;
  throw new StudioError('NOT_FOUND', message, { name: backbone });
}

/** A recipe with what the person chose otherwise. */
function changed(
  begin: Recipe,
  options: Options,
  blocksOf: (backbone: string | null) => readonly string[],
): Recipe {
  const last = begin.phases.length - 1;
  const ruled = withRules(begin, options);
  const { backbone } = ruled;
  const other = options.backbone as BackboneId | undefined;
  const grafted =
    backbone === null || other === undefined
      ? ruled
      : onBackbone(ruled, { from: blocksOf(backbone), id: other, blocks: blocksOf(other) });
  const made: Recipe = {
    ...grafted,
    ...(options.batch !== undefined && { batchSize: options.batch }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.augment !== undefined && {
      augmentation: presetSettings(options.augment, grafted.augmentation.domain),
    }),
    phases: grafted.phases.map((phase, index) =>
      index === last
        ? {
            ...phase,
            epochs: options.epochs ?? phase.epochs,
            learningRate: options.learningRate ?? phase.learningRate,
          }
        : phase,
    ),
  };
  return withConduct(made, options, blocksOf(made.backbone));
}

function evaluationOf(recommended: Evaluation, options: Options): Evaluation {
  const seed = options.seed ?? ('seed' in recommended ? recommended.seed : 1);
  if (options.folds !== undefined) return { kind: 'kFold', folds: options.folds, seed };
  if (options.test !== undefined) return { kind: 'holdOut', test: options.test, seed };
  if (options.statedFolds) return { kind: 'stated' };
  return 'seed' in recommended ? { ...recommended, seed } : recommended;
}

/** A whole recipe from a file; StudioError BAD_REQUEST where it is none, FILE_MISSING where there is no such file. */
export function readRecipe(file: string): Recipe {
  try {
    return recipe.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const failure = fileFailure(file, cause);
    if (failure instanceof StudioError) throw failure;
    throw new StudioError(
      'BAD_REQUEST',
      `${file} is not a recipe. Print one to start from with: enxerto train PROJECT --dry-run --json`,
      { file },
      { cause },
    );
  }
}
