import type { AdoptManifest } from '../../../shared/contract/trainer.ts';
import { type ErrorParams, StudioError } from '../../../shared/domain/errors.ts';
import type { RefusalReason } from '../../../shared/domain/refusals.ts';
import { onnxExecutor } from '../executors/onnx/executor.ts';
import { outputsOnly } from '../graph/cut.ts';
import { specialise } from '../graph/specialise.ts';
import {
  type Expectation,
  largestAt,
  type Scaling,
  type ScalingTrial,
  scalings,
  TOLERANCE,
  tryScalings,
} from '../networks/preprocessing.ts';
import { areProbabilities } from '../networks/reference/answers.ts';
import { referenceError } from '../networks/reference/errors.ts';
import type { Reference } from '../networks/reference/read.ts';
import type { Survey } from '../networks/survey.ts';

/** How a network's images are scaled, and what is proved of it. */
export interface Preprocessing extends Scaling {
  readonly name: string;
  readonly order: 'rgb' | 'bgr';
  /** How it was compared with a reference; null where there was none, and it is believed. */
  readonly check: 'values' | 'top1' | null;
  /** Photos it was compared on. */
  readonly images: number;
  /** Photos whose first class is the reference's; null where classes were not compared. */
  readonly agreeing: number | null;
  /** Largest difference from the reference's numbers; null where none were compared. */
  readonly difference: number | null;
}

/** Photos of any size are brought to the network's in one way of many: of so many of them the first class may differ. */
const AGREEING = 0.9;
/** So much farther than with the nearest scaling may the logits be: what is nearly the same scaling is no error. */
const NEARLY = 1.25;

const known = Object.keys(scalings).join(', ');

/**
 * Finds the scaling and order of colours that fit what is asked and what the reference says; StudioError PREPROCESSING
 * where none do, with what would. `survey`: of the network fed with red first.
 */
export async function choosePreprocessing(
  manifest: AdoptManifest,
  survey: Survey,
  reference: Reference | null,
  breathe: () => Promise<void>,
): Promise<Preprocessing> {
  const own = manifest.mean && manifest.std ? { own: { mean: manifest.mean, std: manifest.std } } : {};
  const candidates: Readonly<Record<string, Scaling>> = { ...scalings, ...own };
  const wanted = manifest.mean && manifest.std ? 'own' : manifest.scaling;
  if (wanted !== null && candidates[wanted] === undefined)
    throw refused('scalingUnknown', `There is no scaling "${wanted}". Choose one of ${known}.`, {
      scaling: wanted,
      known,
    });
  if (reference === null) {
    if (wanted === null)
      throw refused(
        'scalingNeeded',
        `How pixels are scaled cannot be told from the file alone. Give a reference (images with features or logits), or name the scaling: ${known}.`,
        { known },
      );
    const believed = { check: null, images: 0, agreeing: null, difference: null } as const;
    return { ...candidates[wanted]!, name: wanted, order: manifest.order ?? 'rgb', ...believed };
  }
  const { check } = manifest;
  const images = reference.photos.count;
  const tried = await measure(survey, reference, { candidates, check, breathe });
  const trials = [...tried].sort((one, other) => rank(one) - rank(other));
  const isAsked = ({ scaling, order }: ScalingTrial) =>
    (wanted === null || scaling === wanted) && (manifest.order === null || order === manifest.order);
  const fits = check === 'values' ? valuesFit : (trial: ScalingTrial) => firstFits(trial, trials[0]!, images);
  const fitting = trials.filter(fits);
  const best = fitting.find(isAsked);
  if (best === undefined) {
    const asked = trials.find(isAsked);
    throw check === 'values'
      ? valuesDiffer(asked, fitting[0])
      : firstDiffers(asked, fitting[0], trials[0]!, images);
  }
  if (best.difference === null) checkOnlyOne(fitting.filter(isAsked));
  const { scaling: name, order, agreeing } = best;
  const difference = check === 'values' ? best.difference : null;
  return { ...candidates[name]!, name, order, check, images, agreeing, difference };
}

type Check = AdoptManifest['check'];

const valuesFit = ({ difference }: ScalingTrial) => difference !== null && difference <= TOLERANCE;

/**
 * Whether the first classes are the reference's. Where it has logits too, a scaling that gives those classes by chance shows:
 * with another one they are clearly nearer.
 */
function firstFits(trial: ScalingTrial, nearest: ScalingTrial, images: number): boolean {
  return (trial.agreeing ?? 0) >= Math.ceil(AGREEING * images) && isNearly(trial, nearest);
}

function isNearly({ difference }: ScalingTrial, nearest: ScalingTrial): boolean {
  return difference === null || difference <= NEARLY * (nearest.difference ?? 0);
}

/** Small for what fits better: numbers say more than classes. */
function rank({ difference, agreeing }: ScalingTrial): number {
  return difference ?? -(agreeing ?? 0);
}

/** Classes alone cannot choose between scalings that all give them. */
function checkOnlyOne(fitting: readonly ScalingTrial[]): void {
  if (fitting.length < 2) return;
  const names = fitting.map(({ scaling, order }) => `${scaling} (${order})`).join(', ');
  throw refused(
    'scalingsFit',
    `The classes come first with several scalings: ${names}. Name the one it was trained with.`,
    { fits: names },
  );
}

/** Compares the network's answers with the reference's, for every scaling and order of colours. */
async function measure(
  survey: Survey,
  { photos, answers }: Reference,
  how: {
    readonly candidates: Readonly<Record<string, Scaling>>;
    readonly check: Check;
    readonly breathe: () => Promise<void>;
  },
): Promise<readonly ScalingTrial[]> {
  const size = sizeFor(survey, photos.size);
  const expected = expectedOf(survey, answers, how.check);
  const values = [...expected.rows.keys(), ...(expected.first ? [expected.first.value] : [])];
  const dims = [1, 3, ...size];
  const graph = outputsOnly(specialise(survey.graph, { inputs: new Map([[survey.input, dims]]) }), [
    ...new Set(values),
  ]);
  const program = await onnxExecutor.compile(graph, { state: [], threads: 1 });
  try {
    const against = { ...expected, photos: photos.at(size), size, input: survey.input };
    return await tryScalings(program, against, how.candidates, how.breathe);
  } finally {
    await program.dispose();
  }
}

function sizeFor(survey: Survey, own: readonly [number, number] | null): readonly [number, number] {
  if (own === null || survey.anySize) return own ?? survey.size;
  if (survey.size.every((side, at) => side === own[at])) return own;
  const [height, width] = survey.size;
  throw referenceError(
    'referenceSize',
    `it has images of ${own.join(' × ')} pixels; the network takes ${survey.size.join(' × ')}`,
    { height, width, ownHeight: own[0], ownWidth: own[1] },
  );
}

/** Which values of the network are compared with what. Rows without a name are what their length says. */
function expectedOf(
  survey: Survey,
  { features, logits, classes, unnamed }: Reference['answers'],
  check: Check,
): Pick<Expectation, 'rows' | 'first'> {
  const isLogits = unnamed !== null && unnamed[0]?.length === survey.classes;
  const allLogits = logits ?? (isLogits ? unnamed : null);
  const allFeatures = features ?? (isLogits ? null : unnamed);
  const rows = new Map<string, readonly Float32Array[]>();
  if (allFeatures !== null) rows.set(survey.features, allFeatures);
  const hasProbabilities = allLogits !== null && areProbabilities(allLogits);
  if (hasProbabilities && check === 'values' && allFeatures === null)
    throw referenceError(
      'referenceProbabilities',
      'its logits are probabilities, as they come out of a softmax: they sum to one',
    );
  // The class that comes first is the same in both, their numbers are not.
  if (allLogits !== null && !hasProbabilities && survey.logits !== null) rows.set(survey.logits, allLogits);
  const tops = classes ?? allLogits?.map(largestAt) ?? null;
  const first = survey.logits !== null && tops !== null ? { value: survey.logits, classes: tops } : null;
  if (check === 'top1' ? first === null : rows.size === 0)
    throw survey.logits === null && allFeatures === null
      ? referenceError(
          'referenceNoClassifier',
          'it has logits or classes, but the network ends in its features',
        )
      : referenceError('referenceAnswers', 'it has nothing that could be compared in this way');
  return { rows, first: check === 'top1' ? first : null };
}

function refused(why: RefusalReason, message: string, params: ErrorParams): StudioError {
  return new StudioError('PREPROCESSING', message, { ...params, why, reason: message });
}

/** Nothing that was asked for gives the reference's numbers: says by how much, and what would. */
function valuesDiffer(wanted: ScalingTrial | undefined, best: ScalingTrial | undefined): StudioError {
  const difference = wanted?.difference ?? Number.POSITIVE_INFINITY;
  const said = wanted
    ? `With the scaling "${wanted.scaling}" (${wanted.order}) the answers differ from the reference by ${difference.toPrecision(3)}, more than ${TOLERANCE}.`
    : 'No such way of scaling was tried.';
  return refused(best ? 'scalingDiffers' : 'scalingNone', `${said} ${adviceOf(best)}`, {
    ...namesOf(wanted, best),
    difference: Math.min(difference, Number.MAX_VALUE),
  });
}

/** Nothing that was asked for gives the reference's classes, or another scaling gives its logits much better. */
function firstDiffers(
  wanted: ScalingTrial | undefined,
  best: ScalingTrial | undefined,
  nearest: ScalingTrial,
  images: number,
): StudioError {
  const agreeing = wanted?.agreeing ?? 0;
  if (wanted && !isNearly(wanted, nearest))
    return refused(
      'scalingNearer',
      `With the scaling "${wanted.scaling}" (${wanted.order}) the answers are farther from the reference than with "${nearest.scaling}" (${nearest.order}). ${adviceOf(best)}`,
      { ...namesOf(wanted, best), nearer: nearest.scaling, nearerOrder: nearest.order },
    );
  return refused(
    'topAnswersDiffer',
    `The first class is the reference's for ${agreeing} of ${images} images only. ${adviceOf(best)}`,
    { ...namesOf(wanted, best), agreeing, images },
  );
}

function adviceOf(best: ScalingTrial | undefined): string {
  return best
    ? `"${best.scaling}" (${best.order}) fits. Choose that one.`
    : 'None of the usual ones fits: give mean and deviation of each channel as they were in training, or check the reference.';
}

/** For a page that says it in its own words. */
function namesOf(wanted: ScalingTrial | undefined, best: ScalingTrial | undefined): ErrorParams {
  return {
    ...(wanted ? { wanted: wanted.scaling, order: wanted.order } : {}),
    ...(best ? { fits: best.scaling, fitsOrder: best.order } : {}),
  };
}
