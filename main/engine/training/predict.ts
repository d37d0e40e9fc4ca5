import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../../shared/contract/common.ts';
import type { PredictManifest, TrainerEvent } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { GrantId, RunId } from '../../../shared/domain/ids.ts';
import { runtimeFor } from '../computing/service.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { createAtomicText, csvLine } from '../export/atomic-text.ts';
import { nothingFound, type Scan, scanPaths } from '../images/scan.ts';
import { followJob, type JobStep } from '../jobs/follow-job.ts';
import { insertExport, requireRun, type StoredRun } from '../stores/runs.ts';
import { getSnapshot } from '../stores/snapshots.ts';
import { projectFiles, runFolder } from './job-files.ts';
import { answerOf } from './measures.ts';

/** What came of predicting a folder; `csv` is where the answers are. */
export type Predicted = {
  readonly csv: GrantId;
  readonly images: number;
  readonly failed: Problem[];
  readonly byClass: { name: string; images: number }[];
  readonly seconds: number;
};
type Answer = Extract<TrainerEvent, { type: 'answers' }>['answers'][number];

/** The stored run, which must have a model; StudioError NOT_AVAILABLE otherwise. */
export function requireModel(project: OpenProject, id: RunId): StoredRun {
  const run = requireRun(project.db, id);
  if (run.hasModel) return run;
  throw new StudioError(
    'NOT_AVAILABLE',
    `The run "${run.name}" has no trained network: it is ${run.state}. Choose a finished run.`,
    { run: run.name, state: run.state },
  );
}

/**
 * Predicts every image of a folder (or of chosen files) and writes one row an image: file, class, probability, one
 * column a class, error. The table appears whole or not at all. StudioError FOLDER_EMPTY where there is no image.
 */
export async function* predictFolder(
  context: EngineContext,
  request: { readonly run: RunId; readonly source: GrantId; readonly target: GrantId },
  signal?: AbortSignal,
): AsyncGenerator<JobStep, Predicted, undefined> {
  const project = context.project();
  const run = requireModel(project, request.run);
  const snapshot = getSnapshot(project.db, run.snapshotId);
  const names = snapshot?.classes.map((each) => each.name) ?? [];
  const scan = await scanSource(context.grants.paths(request.source, 'folder', 'file', 'files'), signal);
  const target = context.grants.path(request.target, 'save');
  const id = `predict-${context.ids.next()}`;
  const folder = join(project.cacheFolder, 'jobs', id);
  const startedAt = context.clock.now();
  const file = await createAtomicText(target, id);
  const table = createTable(names, project.task === 'multiLabel', (text) => file.write(text));
  try {
    await file.write(table.head);
    const manifest: PredictManifest = {
      version: 1,
      job: 'predict',
      model: runFolder(project, run.id),
      images: scan.files.map((each) => ({ key: each.relPath, path: each.path })),
      files: projectFiles(context, project, folder, run.recipe.backbone),
      runtime: await runtimeFor(context),
    };
    yield* followJob(context.launcher, {
      id,
      folder,
      manifest,
      left: () => {
        const done = table.rows();
        return { manifest: { ...manifest, images: manifest.images.slice(done) }, done };
      },
      onEvent: (event) => (event.type === 'answers' ? table.add(event.answers) : undefined),
      signal,
    });
    await file.commit();
  } finally {
    await file.abandon();
  }
  const { size } = await stat(target);
  await project.write((db) =>
    insertExport(db, {
      run: run.id,
      kind: 'predictions',
      fileName: context.grants.written(target).name,
      sha256: null,
      bytes: size,
      certificate: null,
      createdAt: context.clock.now(),
    }),
  );
  return {
    csv: context.grants.written(target).id,
    images: table.answered(),
    failed: [...scan.problems, ...table.failed],
    byClass: names.map((name, position) => ({ name, images: table.byClass[position] ?? 0 })),
    seconds: (context.clock.now() - startedAt) / 1000,
  };
}

/** Images below a folder, or those that were chosen one by one. */
async function scanSource(paths: readonly string[], signal?: AbortSignal): Promise<Scan> {
  const scan = await scanPaths(paths, { signal });
  if (scan.files.length > 0) return scan;
  throw await nothingFound(paths, scan);
}

function createTable(names: readonly string[], multiLabel: boolean, write: (text: string) => Promise<void>) {
  const byClass = names.map(() => 0);
  const failed: Problem[] = [];
  let answered = 0;
  let writing = Promise.resolve();
  const row = ({ key, probabilities, error }: Answer): string => {
    if (probabilities === null) {
      failed.push({ file: key, code: 'FILE_UNREADABLE', message: error ?? '' });
      return csvLine([key, '', '', ...names.map(() => ''), error ?? '']);
    }
    answered += 1;
    const answer = answerOf(probabilities, multiLabel);
    for (const position of answer) byClass[position] = (byClass[position] ?? 0) + 1;
    const text = answer.map((position) => names[position] ?? '').join('; ');
    const values = probabilities.map((value) => value.toFixed(6));
    return csvLine([key, text, Math.max(...probabilities).toFixed(6), ...values, '']);
  };
  return {
    head: csvLine(['file', 'class', 'probability', ...names, 'error']),
    byClass,
    failed,
    answered: () => answered,
    rows: () => answered + failed.length,
    /** Rows in the order of the answers, one write at a time. */
    add: (answers: readonly Answer[]): Promise<void> => {
      const text = answers.map(row).join('');
      writing = writing.then(() => write(text));
      return writing;
    },
  };
}
