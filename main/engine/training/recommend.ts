import type { Reason, Warning } from '../../../shared/contract/advice.ts';
import type { Task } from '../../../shared/contract/project.ts';
import type { Evaluation, Recipe, Strategy } from '../../../shared/contract/recipe.ts';
import type { Recommendation } from '../../../shared/contract/training.ts';
import { defaultRecipe } from '../../../shared/domain/recipes.ts';
import type { EngineContext } from '../context.ts';
import { type LabelStatistics, labelStatistics } from '../stores/snapshots.ts';
import { DEFAULT_BACKBONE, listBackbones } from './inspect.ts';

/** Up to so many images every one is tested once; beyond it a part held out says as much in less time. */
const K_FOLD_LIMIT = 2_000;
const FOLDS = 5;
const TEST_SHARE = 0.2;
/** Images a class below which adjusting the backbone has nothing to go by. */
const ENOUGH_TO_FINE_TUNE = 10;
/** Images a class below which it cannot be both learned and tested, and below which the test says little. */
const TESTABLE = 2;
const FEW = 5;
/** Largest ÷ smallest class from which the smaller ones are given more weight, and from which it is a warning. */
const UNEVEN = 2;
const IMBALANCED = 5;
const SEED = 1;

/** What the data alone decides: evaluation, reasons, warnings. Pure. */
export function adviseOn(
  task: Task,
  statistics: LabelStatistics,
): { readonly evaluation: Evaluation; readonly images: number; readonly warnings: Warning[] } {
  const images = statistics.labeledFiles.ok;
  return { evaluation: evaluationFor(statistics, images), images, warnings: warningsOn(task, statistics) };
}

function evaluationFor(statistics: LabelStatistics, images: number): Evaluation {
  if (statistics.statedFolds > 1 && statistics.labeledWithStatedFold === images) return { kind: 'stated' };
  if (images <= K_FOLD_LIMIT) return { kind: 'kFold', folds: FOLDS, seed: SEED };
  return { kind: 'holdOut', test: TEST_SHARE, seed: SEED };
}

function warningsOn(task: Task, statistics: LabelStatistics): Warning[] {
  return [...obstacles(task, statistics), ...classWarnings(statistics), ...fileWarnings(statistics)];
}

/** What makes training impossible. */
function obstacles(task: Task, { classes, states }: LabelStatistics): Warning[] {
  const stop = (code: Warning['code'], params: Warning['params'] = {}): Warning[] => [
    { code, severity: 'stop', params },
  ];
  const looked = states.labeled + states.nothing;
  if (looked + states.unlabeled === 0) return stop('noImages');
  if (classes.length === 0) return stop('noClasses');
  const used = classes.filter((each) => each.images > 0);
  if (looked === 0 || used.length === 0) return stop('noLabels');
  if (task === 'singleLabel' && used.length === 1) return stop('oneClass', { name: used[0]?.name ?? '' });
  return [];
}

function classWarnings({ classes }: LabelStatistics): Warning[] {
  const warnings = classes.flatMap((each): Warning[] => {
    const params = { name: each.name, images: each.images };
    if (each.images < TESTABLE) {
      return [{ code: 'classTooSmall', severity: 'warn', params: { ...params, needed: TESTABLE } }];
    }
    return each.images < FEW ? [{ code: 'classFew', severity: 'warn', params }] : [];
  });
  const uneven = imbalanceOf(classes);
  if (uneven && uneven.ratio >= IMBALANCED) {
    const { largest, smallest, ratio } = uneven;
    warnings.push({ code: 'imbalance', severity: 'warn', params: { largest, smallest, ratio } });
  }
  return warnings;
}

function fileWarnings(statistics: LabelStatistics): Warning[] {
  const { labeledFiles, states } = statistics;
  const all: [Warning['code'], number, Warning['params']][] = [
    ['unlabeled', states.unlabeled, { images: states.unlabeled }],
    ['changedFiles', labeledFiles.changed, { images: labeledFiles.changed }],
    [
      'missingFiles',
      labeledFiles.missing + labeledFiles.unreadable,
      { images: labeledFiles.missing + labeledFiles.unreadable },
    ],
    [
      'duplicates',
      statistics.duplicates.images,
      { images: statistics.duplicates.images, sets: statistics.duplicates.sets },
    ],
  ];
  const warnings = all.flatMap(([code, images, params]): Warning[] =>
    images > 0 ? [{ code, severity: 'warn', params }] : [],
  );
  if (statistics.groups === 0 && labeledFiles.ok > 0) {
    warnings.push({ code: 'noGroups', severity: 'warn', params: {} });
  }
  return warnings;
}

function imbalanceOf(
  classes: LabelStatistics['classes'],
): { readonly largest: string; readonly smallest: string; readonly ratio: number } | null {
  const used = classes.filter((each) => each.images > 0).sort((one, other) => other.images - one.images);
  const [largest, smallest] = [used[0], used.at(-1)];
  if (!largest || !smallest || used.length < 2) return null;
  const ratio = Math.round((10 * largest.images) / smallest.images) / 10;
  return { largest: largest.name, smallest: smallest.name, ratio };
}

function reasonsFor(
  recipe: Recipe,
  chosen: boolean,
  advice: ReturnType<typeof adviseOn>,
  statistics: LabelStatistics,
): Reason[] {
  const classes = statistics.classes.filter((each) => each.images > 0).length;
  const { images, evaluation } = advice;
  const reasons: Reason[] = [
    { code: images <= K_FOLD_LIMIT ? 'fewImages' : 'manyImages', params: { images, classes } },
  ];
  if (chosen) reasons.push({ code: 'chosen', params: {} });
  if (recipe.strategy === 'scratch') reasons.push({ code: 'scratchRival', params: {} });
  else reasons.push({ code: 'headFirst', params: {} });
  const blocks = Math.max(0, ...recipe.phases.map((phase) => phase.trainableBlocks.length));
  if (blocks > 0 && recipe.strategy !== 'scratch') reasons.push({ code: 'lastBlocks', params: { blocks } });
  if (!chosen && recipe.strategy === 'featureExtraction') {
    reasons.push({ code: 'headOnly', params: { images, classes } });
  }
  if (recipe.classWeights === 'balanced') {
    reasons.push({ code: 'balancedWeights', params: { ratio: imbalanceOf(statistics.classes)?.ratio ?? 1 } });
  }
  if (evaluation.kind === 'kFold') {
    reasons.push({ code: 'everyImageTested', params: { folds: evaluation.folds } });
  } else if (evaluation.kind === 'holdOut') {
    reasons.push({ code: 'partHeldOut', params: { test: Math.round(evaluation.test * 100) } });
  } else reasons.push({ code: 'statedFolds', params: { folds: statistics.statedFolds } });
  if (statistics.groups > 0) reasons.push({ code: 'groupsKept', params: { groups: statistics.groups } });
  return reasons;
}

/** The recipe for the open project as it is now, or of a chosen strategy, with why and with what to mind. */
export async function recommend(context: EngineContext, chosen?: Strategy): Promise<Recommendation> {
  // May take seconds on a new machine; labels that come meanwhile count.
  const backbones = await listBackbones(context);
  const project = context.project();
  const statistics = labelStatistics(project.db);
  const advice = adviseOn(project.task, statistics);
  const classes = statistics.classes.filter((each) => each.images > 0).length;
  const enough = advice.images >= ENOUGH_TO_FINE_TUNE * Math.max(1, classes);
  const strategy = chosen ?? (enough ? 'hybrid' : 'featureExtraction');
  const backbone = backbones.find((each) => each.id === DEFAULT_BACKBONE) ?? backbones[0];
  const uneven = (imbalanceOf(statistics.classes)?.ratio ?? 1) >= UNEVEN;
  const recipe: Recipe = {
    ...defaultRecipe(strategy, {
      images: advice.images,
      classes,
      task: project.task,
      backbone: backbone?.id ?? DEFAULT_BACKBONE,
      blocks: backbone?.blocks.map((block) => block.id) ?? [],
    }),
    classWeights: uneven ? 'balanced' : 'none',
  };
  return {
    recipe,
    evaluation: advice.evaluation,
    images: advice.images,
    classes,
    reasons: reasonsFor(recipe, chosen !== undefined, advice, statistics),
    warnings: advice.warnings,
  };
}
