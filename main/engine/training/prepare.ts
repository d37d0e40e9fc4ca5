import type { Evaluation, Recipe } from '../../../shared/contract/recipe.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { CommandId, RunId } from '../../../shared/domain/ids.ts';
import type { OpenProject } from '../context.ts';
import type { WritableDb } from '../db/types.ts';
import { storeCommand } from '../stores/commands.ts';
import { insertRun } from '../stores/runs.ts';
import {
  addSnapshotImages,
  classesToSnapshot,
  insertSnapshot,
  type LabeledImage,
  labeledImages,
} from '../stores/snapshots.ts';
import { addSplitFolds, insertSplit } from '../stores/splits.ts';
import { type Dataset, makeDataset, manifestImages } from './dataset.ts';

/** Rows that are read or written before the event loop gets its turn: some milliseconds' worth. */
const PAGE = 500;

/** What a person asked for, and what identifies it. */
export type RunRequest = {
  readonly commandId: CommandId;
  readonly run: RunId;
  readonly name: string;
  readonly recipe: Recipe;
  readonly evaluation: Evaluation;
  /** Whether one more network learns from all images, to be used; it does unless this says no. */
  readonly finalModel?: boolean | undefined;
  readonly at: number;
};

/** What a manifest says of the machine: folders, what computes, which version of the program. */
export type ManifestSurroundings = Pick<TrainManifest, 'files' | 'runtime' | 'program'>;

/**
 * One transaction in steps: reads the labels as they are, makes the split, stores snapshot, split and run, and
 * answers with the manifest to be written. Throws StudioError for what cannot be trained on.
 */
export function* prepareRun(
  db: WritableDb,
  project: OpenProject,
  request: RunRequest,
  surroundings: ManifestSurroundings,
): Generator<void, TrainManifest, void> {
  const labeled: LabeledImage[] = [];
  for (;;) {
    const page = labeledImages(db, labeled.at(-1)?.id ?? 0, PAGE);
    labeled.push(...page);
    if (page.length < PAGE) break;
    yield;
  }
  const dataset = makeDataset(project.task, classesToSnapshot(db), labeled, request.evaluation);
  yield;
  const { snapshotId, splitId } = yield* storeDataset(db, dataset, request);
  insertRun(db, {
    id: request.run,
    name: request.name,
    snapshotId,
    splitId,
    manifestPath: `models/${request.run}/manifest.json`,
    recipe: request.recipe,
    evaluation: request.evaluation,
    images: dataset.images.length,
    classes: dataset.classes.length,
    createdAt: request.at,
  });
  storeCommand(db, request.commandId, 'training.start', JSON.stringify({ run: request.run }), request.at);
  return toManifest(dataset, request, surroundings);
}

function* storeDataset(
  db: WritableDb,
  dataset: Dataset,
  request: RunRequest,
): Generator<void, { snapshotId: number; splitId: number }, void> {
  const snapshotId = insertSnapshot(db, {
    task: dataset.task,
    classes: dataset.classes,
    images: dataset.images.length,
    sha256: dataset.sha256,
    createdAt: request.at,
  });
  const splitId = insertSplit(db, {
    snapshotId,
    evaluation: request.evaluation,
    report: dataset.report,
    createdAt: request.at,
  });
  for (let start = 0; start < dataset.images.length; start += PAGE) {
    const page = dataset.images.slice(start, start + PAGE);
    addSnapshotImages(db, snapshotId, page);
    addSplitFolds(
      db,
      splitId,
      page.map(({ id }) => ({ id, fold: dataset.foldOf.get(id) ?? null })),
    );
    yield;
  }
  return { snapshotId, splitId };
}

function toManifest(
  dataset: Dataset,
  request: RunRequest,
  surroundings: ManifestSurroundings,
): TrainManifest {
  return {
    version: 1,
    job: 'train',
    run: request.run,
    task: dataset.task,
    recipe: request.recipe,
    classes: [...dataset.classes],
    images: manifestImages(dataset),
    folds: [...dataset.folds],
    finalModel: request.finalModel ?? true,
    ...surroundings,
  };
}
