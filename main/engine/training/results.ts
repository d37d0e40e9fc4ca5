import type { Note } from '../../../shared/contract/advice.ts';
import type { RunComparison, RunResults } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ClassId, ImageId, RunId } from '../../../shared/domain/ids.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import type { ReadableDb } from '../db/types.ts';
import type { ReportPrediction } from '../export/report/report-data.ts';
import { countLogLines } from '../stores/metrics.ts';
import { listPredictions, type ShownPrediction } from '../stores/predictions.ts';
import { type RunHeadline, requireRun, type StoredRun, toSummary } from '../stores/runs.ts';
import { classLooks, getSnapshot, snapshotGroups } from '../stores/snapshots.ts';
import { splitReport } from '../stores/splits.ts';
import { comparePair, verdict } from '../validation/comparison.ts';
import { answerOf, isRight, type Measures, measureMulti, measureSingle, type Tested } from './measures.ts';
import { acrossSeeds } from './seeds.ts';

/** Mistakes that are worth a look; the cells of the confusion matrix open all of them. */
const SHOWN_MISTAKES = 60;
/** Intervals are drawn with a seed of their own: the same result shows the same interval each time. */
export const INTERVAL_SEED = 20_260_101;
/** Under so many tested images one standard error is more than two points: worth saying beside the number. */
const SMALL_TEST = 500;
/** Share of answers that, given to one class among several, says that nothing was learned. */
const COLLAPSED = 0.9;

type Mistake = RunResults['mistakes'][number];

/** A stored run with its answers and what they are about. */
type Judged = {
  readonly run: StoredRun;
  readonly multiLabel: boolean;
  readonly classIds: readonly ClassId[];
  readonly names: readonly string[];
  readonly predictions: readonly ShownPrediction[];
  readonly tested: Tested;
};

function judge(db: ReadableDb, id: RunId): Judged {
  const run = requireRun(db, id);
  const snapshot = getSnapshot(db, run.snapshotId);
  if (!snapshot) throw new StudioError('NOT_FOUND', `The labels of run ${id} are gone.`, { run: id });
  const predictions = listPredictions(db, id);
  return {
    run,
    multiLabel: snapshot.task === 'multiLabel',
    classIds: snapshot.classes.map((each) => each.id),
    names: snapshot.classes.map((each) => each.name),
    predictions,
    tested: {
      truth: predictions.map((each) => each.truth),
      probabilities: predictions.map((each) => each.probabilities),
      folds: predictions.map((each) => each.fold),
      groups: groupKeys(
        snapshotGroups(db, run.snapshotId),
        predictions.map((each) => each.imageId),
      ),
      classCount: snapshot.classes.length,
    },
  };
}

/** One key an image; an image without a group is one of its own. `null` where there are no groups at all. */
function groupKeys(groups: ReadonlyMap<ImageId, string>, images: readonly ImageId[]): string[] | null {
  if (!images.some((id) => groups.has(id))) return null;
  return images.map((id) => {
    const group = groups.get(id);
    return group === undefined ? `image ${id}` : `group ${group}`;
  });
}

/** The groups of a run's images, one key an image; `null` where it has none. */
export function groupsOf(db: ReadableDb, run: StoredRun, images: readonly ImageId[]): string[] | null {
  return groupKeys(snapshotGroups(db, run.snapshotId), images);
}

const measure = (judged: Judged): Measures =>
  judged.multiLabel
    ? measureMulti(judged.tested, INTERVAL_SEED)
    : measureSingle(judged.tested, INTERVAL_SEED);

/** The two numbers for lists; `null` for a run that tested nothing. */
export function headlineOf(db: ReadableDb, id: RunId): RunHeadline | null {
  const judged = judge(db, id);
  if (judged.predictions.length === 0) return null;
  const { accuracy, balancedAccuracy } = measure(judged);
  return { accuracy, balancedAccuracy };
}

/** Everything that can be said of a run from the answers of models that never saw their images. */
export function runResultsOf(db: ReadableDb, id: RunId): RunResults {
  const judged = judge(db, id);
  const { run, tested } = judged;
  const measures = measure(judged);
  const looks = classLooks(db, judged.classIds);
  const groups = tested.groups === null ? null : new Set(tested.groups).size;
  return {
    run: toSummary(run),
    recipe: run.recipe,
    evaluation: run.evaluation,
    tested: judged.predictions.length,
    accuracy: measures.accuracy,
    balancedAccuracy: measures.balancedAccuracy,
    macroF1: measures.macroF1,
    baseline: measures.baseline,
    perFold: [...measures.perFold],
    classes: measures.classes.map((each, position) => {
      const classId = judged.classIds[position] as ClassId;
      const look = looks.get(classId);
      return {
        classId,
        name: look?.name ?? judged.names[position] ?? '',
        colour: look?.colour ?? '#808080',
        ...each,
      };
    }),
    confusion: measures.confusion,
    mistakes: mistakesOf(judged).slice(0, SHOWN_MISTAKES),
    groups,
    notes: notesOf(db, judged, measures, groups),
    record: run.record,
  };
}

function mistakesOf(judged: Judged): Mistake[] {
  const wrong = judged.predictions.flatMap((each) => {
    const answer = answerOf(each.probabilities, judged.multiLabel);
    return isRight(each.truth, answer) ? [] : [toMistake(judged, each, answer)];
  });
  return wrong.sort((one, other) => other.confidence - one.confidence || one.imageId - other.imageId);
}

/** `confidence` of a wrong set of labels: how sure the network was of its most certain wrong label. */
function toMistake(judged: Judged, each: ShownPrediction, answer: readonly number[]): Mistake {
  const idsOf = (positions: readonly number[]) =>
    positions.flatMap((position) => judged.classIds[position] ?? []);
  const wrong = each.probabilities.map((value, position) => {
    if (answer.includes(position) === each.truth.includes(position)) return 0;
    return answer.includes(position) ? value : 1 - value;
  });
  return {
    imageId: each.imageId,
    path: each.path,
    thumbnail: each.thumbnail,
    trueClassIds: idsOf(each.truth),
    predictedClassIds: idsOf(answer),
    confidence: judged.multiLabel ? Math.max(0, ...wrong) : (each.probabilities[answer[0] ?? 0] ?? 0),
  };
}

/** Images of one cell of the confusion matrix, the most confident answer first. */
export function cellOf(db: ReadableDb, id: RunId, trueClass: ClassId, predictedClass: ClassId): Mistake[] {
  const judged = judge(db, id);
  const [truth, predicted] = [judged.classIds.indexOf(trueClass), judged.classIds.indexOf(predictedClass)];
  return judged.predictions
    .flatMap((each) => {
      const answer = answerOf(each.probabilities, judged.multiLabel);
      return each.truth.includes(truth) && answer.includes(predicted)
        ? [toMistake(judged, each, answer)]
        : [];
    })
    .sort((one, other) => other.confidence - one.confidence || one.imageId - other.imageId);
}

function notesOf(db: ReadableDb, judged: Judged, measures: Measures, groups: number | null): Note[] {
  const notes: Note[] = splitReport(db, judged.run.splitId).notes.map((note) => ({ ...note }));
  const tested = judged.predictions.length;
  const { value, low } = measures.accuracy;
  const leftOut = countLogLines(db, judged.run.id, 'imageFailed');
  if (leftOut > 0) notes.push({ code: 'imagesLeftOut', params: { images: leftOut } });
  if (value !== null && tested < SMALL_TEST) {
    // Two successes and two failures added (Agresti & Coull 1998): all right in ten is not certainty.
    const smoothed = (value * tested + 2) / (tested + 4);
    const points = Math.round(1000 * Math.sqrt((smoothed * (1 - smoothed)) / (tested + 4))) / 10;
    notes.push({ code: 'smallTest', params: { images: tested, points } });
  }
  if (groups !== null) notes.push({ code: 'intervalsByGroup', params: { groups } });
  const seeds = acrossSeeds(db, judged.run);
  if (seeds) notes.push({ code: 'severalSeeds', params: seeds });
  const collapsed = collapsedClass(judged);
  if (collapsed) notes.push({ code: 'collapsed', params: collapsed });
  if (low !== null && low <= measures.baseline) notes.push({ code: 'notBetterThanBaseline', params: {} });
  return notes;
}

/** The class that nearly all answers name though the images are of several, if there is one. */
function collapsedClass(judged: Judged): { name: string; share: number } | null {
  if (judged.multiLabel || judged.predictions.length === 0) return null;
  const count = (positions: readonly number[]) => {
    const images = new Array<number>(judged.names.length).fill(0);
    for (const position of positions) images[position] = (images[position] ?? 0) + 1;
    return images.map((each) => each / positions.length);
  };
  const answers = count(judged.predictions.map((each) => answerOf(each.probabilities, false)[0] ?? 0));
  const share = Math.max(...answers);
  const position = answers.indexOf(share);
  const truth = count(judged.predictions.map((each) => each.truth[0] ?? 0))[position] ?? 0;
  if (share < COLLAPSED || truth >= COLLAPSED) return null;
  return { name: judged.names[position] ?? '', share };
}

/** Answers of a run to every image that it tested, as its report reads them; none where an image may have several labels. */
export function testedAnswers(db: ReadableDb, id: RunId): readonly ReportPrediction[] {
  const { multiLabel, predictions } = judge(db, id);
  if (multiLabel) return [];
  return predictions.flatMap(({ imageId, path, truth: [truth], probabilities }) =>
    truth === undefined ? [] : [{ imageId: String(imageId), path, truth, probabilities }],
  );
}

/** Which images a run got right. */
export function rightness(db: ReadableDb, id: RunId): ReadonlyMap<ImageId, boolean> {
  const judged = judge(db, id);
  return new Map(
    judged.predictions.map((each) => [
      each.imageId,
      isRight(each.truth, answerOf(each.probabilities, judged.multiLabel)),
    ]),
  );
}

/**
 * Two runs on the images that both tested: exact McNemar test and paired bootstrap, over whole groups where there
 * are groups. Positive: the second run is better. StudioError NOT_AVAILABLE where they share no tested image.
 */
export function compareRuns(db: ReadableDb, first: RunId, second: RunId): RunComparison {
  const [one, other] = [rightness(db, first), rightness(db, second)];
  const images = [...one.keys()].filter((id) => other.has(id));
  if (images.length === 0) {
    throw new StudioError(
      'NOT_AVAILABLE',
      'These runs tested no image in common, so they cannot be compared.',
    );
  }
  const groups = groupsOf(db, requireRun(db, second), images);
  const compared = comparePair(
    images.map((id) => one.get(id) ?? false),
    images.map((id) => other.get(id) ?? false),
    groups,
    createRandom(INTERVAL_SEED),
  );
  return {
    images: images.length,
    difference: {
      value: compared.difference,
      low: compared.interval?.low ?? null,
      high: compared.interval?.high ?? null,
    },
    onlyFirstRight: compared.onlyFirstRight,
    onlySecondRight: compared.onlySecondRight,
    pValue: compared.p,
    verdict: verdict(compared.p, compared.difference),
  };
}
