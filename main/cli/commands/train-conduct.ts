import type { Command } from 'commander';
import type { Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { gradualConduct, withDeeperPhase, withWatching } from '../../../shared/domain/recipes.ts';
import { addChoice, number } from '../options.ts';

/** Options of `train` about the order in which blocks learn and what counts; finer numbers are in a recipe (`--recipe`). */
export type ConductOptions = {
  readonly thaw?: 'at-once' | 'schedule' | 'performance';
  readonly mixup?: number;
  readonly cutmix?: number;
  readonly crossValidateHead?: boolean;
  readonly deeperIfBetter?: boolean;
  readonly cachePrecision?: Recipe['cachePrecision'];
};

const thaws: Readonly<Record<NonNullable<ConductOptions['thaw']>, Partial<TrainingPhase>>> = {
  'at-once': { unfreezing: { kind: 'atOnce' } },
  schedule: gradualConduct(),
  performance: { unfreezing: { kind: 'performance', start: 0, patience: 3, improvement: 0.01 } },
};

/** Adds the options to `train`. */
export function addConductOptions(command: Command): Command {
  addChoice(
    command,
    '--thaw <how>',
    'fine-tuned blocks at once, one an epoch (ULMFiT), or by performance',
    Object.keys(thaws),
  );
  addChoice(command, '--cache-precision <bits>', 'activations kept in 16 or in 32 bits a number', [
    'half',
    'single',
  ]);
  return command
    .option('--mixup <alpha>', 'blend pairs of images and labels, in every phase (0.2 usual)', number(0, 10))
    .option(
      '--cutmix <alpha>',
      'paste pieces of other images; only where the whole network learns',
      number(0, 10),
    )
    .option('--cross-validate-head', 'find the new part in one go, its penalty chosen by cross-validation')
    .option('--deeper-if-better', 'one more phase, two blocks deeper, kept only if a paired test says so');
}

/** The recipe with what was chosen. `blocks`: ids of the backbone's blocks, from the image on. BAD_REQUEST where nothing is deeper. */
export function withConduct(recipe: Recipe, options: ConductOptions, blocks: readonly string[]): Recipe {
  const { thaw, mixup, cutmix, crossValidateHead, cachePrecision } = options;
  const phases = recipe.phases.map((phase): TrainingPhase => {
    const mixing = { mixup: mixup ?? phase.mixing.mixup, cutmix: cutmix ?? phase.mixing.cutmix };
    return {
      ...phase,
      mixing,
      ...(thaw !== undefined && phase.name === 'fineTuning' && thaws[thaw]),
      ...(crossValidateHead && phase.name === 'head' && { probe: { kind: 'crossValidated', folds: 5 } }),
    };
  });
  const changed = { ...recipe, phases, ...(cachePrecision !== undefined && { cachePrecision }) };
  const watched = thaw === 'performance' ? withWatching(changed) : changed;
  if (!options.deeperIfBetter) return watched;
  const deeper = withDeeperPhase(watched, blocks);
  if (deeper) return deeper;
  throw new StudioError(
    'BAD_REQUEST',
    'Nothing can go deeper: --deeper-if-better needs a last phase that fine-tunes some of the blocks, but not all.',
  );
}
