import type { Command } from 'commander';
import { type Recipe, schedule, type TrainingPhase } from '../../../shared/contract/recipe.ts';
import { usualOptimiser } from '../../../shared/domain/recipes.ts';
import { addChoice, whole } from '../options.ts';

/** Options of `train` about how gradients become weights; the finer numbers are in a recipe (`--recipe`). */
export type RuleOptions = {
  readonly optimiser?: Recipe['optimiser']['kind'];
  readonly loss?: Recipe['loss']['kind'];
  readonly schedule?: TrainingPhase['schedule'];
  readonly average?: 'none' | 'ema' | 'swa';
  readonly accumulate?: number;
  readonly l2sp?: boolean;
  readonly batchNorm?: Recipe['batchNorm'];
  readonly scratchNorm?: Recipe['scratchNorm'];
};

const optimisers: Readonly<Record<Recipe['optimiser']['kind'], Recipe['optimiser']>> = {
  adamw: usualOptimiser(),
  sgd: { kind: 'sgd', momentum: 0.9, nesterov: true },
};
const losses: Readonly<Record<Recipe['loss']['kind'], Recipe['loss']>> = {
  crossEntropy: { kind: 'crossEntropy' },
  focal: { kind: 'focal', gamma: 2 },
};
const averages: Readonly<Record<'none' | 'ema' | 'swa', Recipe['averaging']>> = {
  none: null,
  ema: { kind: 'ema', decay: 0.99, warmUp: 'ramp' },
  swa: { kind: 'swa', start: 0.75, rate: null },
};

/** Adds the options to `train`. */
export function addRuleOptions(command: Command): Command {
  addChoice(command, '--optimiser <name>', 'how gradients become weights', Object.keys(optimisers));
  addChoice(
    command,
    '--loss <name>',
    'what is minimised; focal counts easy images less',
    Object.keys(losses),
  );
  addChoice(command, '--schedule <name>', 'course of the rate, in every phase', schedule.options);
  addChoice(command, '--average <name>', 'deliver a running average of the weights', Object.keys(averages));
  addChoice(
    command,
    '--batch-norm <how>',
    'pretrained statistics as they are, or adapted by the blocks that learn (many images, 16 or more a step)',
    ['inference', 'adapted'],
  );
  addChoice(command, '--scratch-norm <how>', 'what the network from scratch normalises over', [
    'group',
    'batch',
  ]);
  return command
    .option('--accumulate <n>', 'batches that are gathered for one step', whole(1, 128))
    .option('--l2sp', 'hold the network near its pretrained weights (L2-SP, alpha 0.1, beta 0.01)');
}

/** The recipe with what was chosen. */
export function withRules(recipe: Recipe, options: RuleOptions): Recipe {
  const { optimiser, loss, average, accumulate, schedule: course, batchNorm, scratchNorm } = options;
  return {
    ...recipe,
    ...(optimiser !== undefined && { optimiser: optimisers[optimiser] }),
    ...(loss !== undefined && { loss: losses[loss] }),
    ...(average !== undefined && { averaging: averages[average] }),
    ...(accumulate !== undefined && { accumulation: accumulate }),
    ...(batchNorm !== undefined && { batchNorm }),
    ...(scratchNorm !== undefined && { scratchNorm }),
    ...(options.l2sp && recipe.backbone !== null && { l2sp: { alpha: 0.1, beta: 0.01 } }),
    ...(course !== undefined && { phases: recipe.phases.map((phase) => ({ ...phase, schedule: course })) }),
  };
}
