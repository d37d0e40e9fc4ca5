import { z } from 'zod';
import { params } from './common.ts';

/**
 * What the engine has to say about data, a recipe or a result, as codes with values; the page and the command
 * line put them into words in the person's language. Comments name the values that go with each code.
 */

/** Why a recipe is recommended. */
export const reasonCode = z.enum([
  /** images, classes */
  'fewImages',
  /** images, classes */
  'manyImages',
  /** The new part learns first, on features that are computed once. */
  'headFirst',
  /** blocks: how many of the last blocks are adjusted afterwards. */
  'lastBlocks',
  /** Too few images a class to adjust the backbone as well. images, classes */
  'headOnly',
  /** folds */
  'everyImageTested',
  /** test: share in percent */
  'partHeldOut',
  /** folds: given with the data */
  'statedFolds',
  /** groups */
  'groupsKept',
  /** ratio: largest class ÷ smallest */
  'balancedWeights',
  /** The person chose the strategy. */
  'chosen',
  /** Nothing pretrained: the honest rival. */
  'scratchRival',
]);

/** What stands in the way of training, or of trusting it. */
export const warningCode = z.enum([
  'noImages',
  'noLabels',
  'noClasses',
  /** name */
  'oneClass',
  /** name, images, needed */
  'classTooSmall',
  /** name, images */
  'classFew',
  /** images */
  'unlabeled',
  /** images */
  'changedFiles',
  /** images */
  'missingFiles',
  /** largest, smallest (names), ratio */
  'imbalance',
  /** images, sets */
  'duplicates',
  /** Nothing says which images belong together (plant, patient, plot). */
  'noGroups',
]);

/** What should be known before a result is believed. */
export const noteCode = z.enum([
  /** images, sets: exact copies were kept on one side */
  'duplicatesTogether',
  /** asked, made */
  'fewerFolds',
  'cannotValidate',
  /** names: classes with fewer images than folds */
  'classesInFewFolds',
  /** names: classes all of whose images are tested together, so never learned when tested */
  'classesNeverLearned',
  /** part */
  'emptyPart',
  /** part, names */
  'classesMissing',
  /** smallest, largest */
  'unevenFolds',
  /** images: moved to another fold than stated, because a group or a copy sits there */
  'statedFoldOverruled',
  /** images: without a stated fold, so trained on but never tested */
  'withoutStatedFold',
  /** images: could not be read when training, left out */
  'imagesLeftOut',
  /** images, points: one standard error in percentage points */
  'smallTest',
  /** seeds; mean: accuracy in percent, deviation: standard deviation in points, over runs that differ in their seeds alone */
  'severalSeeds',
  /** groups: intervals by resampling groups, not images */
  'intervalsByGroup',
  /** name, share: nearly all answers are this one class */
  'collapsed',
  /** No better than always the commonest class, as far as can be told. */
  'notBetterThanBaseline',
]);

export const reason = z.object({ code: reasonCode, params });
export const warning = z.object({ code: warningCode, severity: z.enum(['stop', 'warn']), params });
export const note = z.object({ code: noteCode, params });
export type Reason = z.infer<typeof reason>;
export type Warning = z.infer<typeof warning>;
export type Note = z.infer<typeof note>;
