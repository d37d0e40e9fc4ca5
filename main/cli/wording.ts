import type { Note, Reason, Warning } from '../../shared/contract/advice.ts';
import type { TrainerProgress } from '../../shared/contract/trainer.ts';
import type { RunComparison, RunResults } from '../../shared/contract/training.ts';
import type { AugmentationConcern } from '../../shared/domain/augmentation.ts';
import { concernText } from '../engine/export/report/language/augmentation.ts';
import { messages } from '../engine/export/report/language/messages.ts';
import type { Step } from './output.ts';
import { count, duration, ofHundred, percent, table, withInterval } from './text.ts';

type Values = Readonly<Record<string, string | number>>;

const reasons: Readonly<Record<Reason['code'], (values: Values) => string>> = {
  fewImages: (v) =>
    `${v.images} images in ${v.classes} classes: few, so what the network knows already counts most`,
  manyImages: (v) => `${v.images} images in ${v.classes} classes`,
  headFirst: () => 'first only the new part learns, on features that are computed once',
  lastBlocks: (v) => `then the last ${v.blocks} blocks of the network are adjusted, at a lower rate`,
  headOnly: () => 'too few images a class to adjust the network as well',
  everyImageTested: (v) => `every image is tested once, by one of ${v.folds} networks that never saw it`,
  partHeldOut: (v) => `${v.test} % of the images are kept aside for the test`,
  statedFolds: (v) => `tested on the ${v.folds} folds that came with the data`,
  groupsKept: (v) => `images of one group (${v.groups} groups) are never learned and tested apart`,
  balancedWeights: (v) =>
    `rare classes count more (the largest has ${v.ratio} times the images of the smallest)`,
  chosen: () => 'the strategy was chosen by you',
  scratchRival: () => 'nothing pretrained: the honest rival of transfer learning',
};

const warnings: Readonly<Record<Warning['code'], (values: Values) => string>> = {
  noImages: () => 'there are no images yet: enxerto import PROJECT FOLDER',
  noLabels: () => 'no image is labeled yet: enxerto label PROJECT --from labels.csv',
  noClasses: () => 'there are no classes yet: enxerto label PROJECT --from labels.csv',
  oneClass: (v) =>
    `all labels are of one class (${v.name}); label images of a second one: enxerto label PROJECT --from labels.csv`,
  classTooSmall: (v) =>
    `class ${v.name} has ${v.images} usable images; at least ${v.needed} are needed to test it`,
  classFew: (v) => `class ${v.name} has only ${v.images} images: its numbers will say little`,
  unlabeled: (v) => `${v.images} images are not labeled and are left out`,
  changedFiles: (v) => `${v.images} labeled files have changed since and are left out`,
  missingFiles: (v) => `${v.images} labeled files are missing or cannot be read and are left out`,
  imbalance: (v) => `${v.largest} has ${v.ratio} times the images of ${v.smallest}`,
  duplicates: (v) =>
    `${v.images} images are exact copies of one another (${v.sets} sets); copies stay on one side`,
  noGroups: () =>
    'nothing says which images belong together (plant, patient, plot); if some do, say so: see --group-by',
};

/** Why a recipe is recommended, as a sentence. */
export const reasonText = (reason: Reason): string => reasons[reason.code](reason.params);

/** What stands in the way, as a sentence. */
export const warningText = (warning: Warning): string => warnings[warning.code](warning.params);

/** What a way of varying pictures endangers, in the words of the report. */
export const augmentationConcern = (concern: AugmentationConcern): string =>
  concernText(concern, messages.en.augmentation);

/** What should be known before a result is believed, in the words of the report. */
export function noteText(note: Note): string {
  const shown = Object.entries(note.params).map(([key, value]): [string, string] => {
    if (key === 'share' && typeof value === 'number') return [key, percent(value)];
    if (key === 'part') return [key, messages.en.parts[String(value)] ?? String(value)];
    return [key, String(value)];
  });
  return messages.en.notes[note.code](Object.fromEntries(shown));
}

const phaseNames: Readonly<Record<string, string>> = {
  head: 'new part',
  fineTuning: 'fine-tuning',
  scratch: 'from scratch',
};
const stageNames: Readonly<Record<TrainerProgress['stage'], string>> = {
  preparing: 'preparing',
  features: 'computing features',
  training: 'training',
  evaluating: 'testing',
  saving: 'saving',
  verifying: 'verifying',
  predicting: 'predicting',
  measuring: 'finding the fastest way to compute',
};

/** A trainer's progress as one step of the whole run: all networks, all phases, all epochs. */
export function trainingStep(progress: TrainerProgress): Step {
  const { model, models, phase, phases, epoch, epochs } = progress;
  const early = progress.stage === 'preparing' || progress.stage === 'features';
  const isLearning = progress.stage === 'training' || progress.stage === 'measuring';
  const inside = isLearning ? (phase + epoch / Math.max(1, epochs)) / Math.max(1, phases) : 1;
  const whole = { done: Math.floor((100 * (model + inside)) / Math.max(1, models)), total: 100 };
  const rate = progress.imagesPerSecond === null ? '' : `${Math.round(progress.imagesPerSecond)} images/s`;
  const details = [
    progress.paused ? 'paused' : '',
    early || models < 2 ? '' : `network ${model + 1} of ${models}`,
    early ? '' : (phaseNames[progress.phaseName] ?? progress.phaseName),
    early ? '' : rate,
  ];
  return {
    stage: early || progress.stage === 'measuring' ? stageNames[progress.stage] : stageNames.training,
    ...(early ? { done: progress.done, total: progress.total } : { ...whole, unit: '%' }),
    secondsLeft: progress.secondsLeft,
    detail: details.filter((part) => part !== '').join(' · '),
    values: progress,
  };
}

const points = (value: number | null): string =>
  value === null ? '?' : `${value >= 0 ? '+' : '−'}${Math.abs(value * 100).toFixed(1)}`;

/** Difference of two runs with its interval, p and what may be said. */
export function comparisonText(compared: RunComparison, first: string, second: string): string {
  const { difference, pValue, verdict, images } = compared;
  const said = {
    better: `${second} is better`,
    worse: `${second} is worse`,
    noEvidence: 'no evidence of a difference',
  }[verdict];
  const interval = `${points(difference.low)} to ${points(difference.high)}`;
  const differing = compared.onlyFirstRight + compared.onlySecondRight;
  return (
    `${second} − ${first}: ${points(difference.value)} points (95 % interval ${interval}), ` +
    `exact McNemar p ${pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`} on ${differing} of ${images} images that differ: ${said}.`
  );
}

/** A run's results as a person reads them: the sentence, the warnings above the numbers, the classes. */
export function resultsText(results: RunResults): string {
  const lines = [
    `${results.run.name}: ${ofHundred(results.accuracy)} (${count(results.tested, 'image')} tested).`,
  ];
  for (const note of results.notes) lines.push(`  ! ${noteText(note)}`);
  lines.push(
    '',
    `Accuracy           ${withInterval(results.accuracy)}`,
    `Balanced accuracy  ${withInterval(results.balancedAccuracy)}`,
    `Macro F1           ${withInterval(results.macroF1)}`,
    `Commonest class    ${percent(results.baseline)}`,
    ...(results.run.seconds === null ? [] : [`Time               ${duration(results.run.seconds)}`]),
    '',
    table(
      ['class', 'images', 'found', 'right when named', 'F1'],
      results.classes.map((each) => [
        each.name,
        String(each.support),
        withInterval(each.recall),
        withInterval(each.precision),
        withInterval(each.f1),
      ]),
    ),
  );
  return lines.join('\n');
}

/** The confusion matrix as a table; nothing where several labels are allowed. */
export function confusionText(results: RunResults): string {
  if (results.confusion === null) return '';
  const names = results.classes.map((each) => each.name);
  return table(
    ['true ↓ predicted →', ...names],
    results.confusion.map((row, index) => [names[index] ?? '', ...row.map(String)]),
  );
}
