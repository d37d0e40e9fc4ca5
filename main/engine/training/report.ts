import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { GrantId, ImageId, RunId } from '../../../shared/domain/ids.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { writeFailure } from '../../lib/file-failure.ts';
import { renderThumbnail } from '../../lib/pixels/index.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import type { ReportRival, RunReport } from '../export/report/report-data.ts';
import { renderRunReport } from '../export/report/run-report.ts';
import { languageOf } from '../language.ts';
import { listEpochs } from '../stores/metrics.ts';
import { insertExport, latestCertificate, listRuns, requireRun, type StoredRun } from '../stores/runs.ts';
import { getSnapshot, imagePaths } from '../stores/snapshots.ts';
import { compareAll } from '../validation/comparison.ts';
import { groupsOf, INTERVAL_SEED, rightness, runResultsOf, testedAnswers } from './results.ts';

/** Pictures of mistakes in a report: enough to see what goes wrong, few enough to send by mail. */
const PICTURES = 24;
const PICTURE_SIZE = 160;

/** Writes a run's results as one HTML file that needs nothing else. */
export async function writeReport(
  context: EngineContext,
  input: { readonly run: RunId; readonly target: GrantId },
): Promise<{ file: GrantId }> {
  const project = context.project();
  const target = context.grants.path(input.target, 'save');
  const html = renderRunReport(await reportData(context, project, input.run));
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeWhole(target, html);
  } catch (error) {
    throw writeFailure(target, error);
  }
  const { size } = await stat(target);
  await project.write((db) =>
    insertExport(db, {
      run: input.run,
      kind: 'report',
      fileName: basename(target),
      sha256: null,
      bytes: size,
      certificate: null,
      createdAt: context.clock.now(),
    }),
  );
  return { file: context.grants.written(target).id };
}

async function reportData(context: EngineContext, project: OpenProject, id: RunId): Promise<RunReport> {
  const { db } = project;
  const run = requireRun(db, id);
  const all = runResultsOf(db, id);
  const results = { ...all, mistakes: all.mistakes.slice(0, PICTURES) };
  const rivals = rivalsOf(project, run);
  return {
    language: languageOf(context),
    project: project.info().name,
    writtenAt: context.clock.now(),
    results,
    rivals: rivals.map(toRival),
    comparisons: comparisonsOf(project, run, rivals),
    predictions: testedAnswers(db, id),
    epochs: listEpochs(db, id),
    dataHash: getSnapshot(db, run.snapshotId)?.sha256 ?? null,
    versions: { Enxerto: context.version, Node: process.versions.node },
    certificate: latestCertificate(db, id),
    thumbnails: await picturesOf(
      imagePaths(db, run.snapshotId),
      results.mistakes.map((mistake) => mistake.imageId),
    ),
  };
}

/** The newest finished run of every other strategy that tested the very same images. */
function rivalsOf(project: OpenProject, run: StoredRun): StoredRun[] {
  const own = rightness(project.db, run.id);
  const newest = new Map<string, StoredRun>();
  for (const other of listRuns(project.db)) {
    const { strategy } = other.recipe;
    if (other.id === run.id || other.state !== 'done' || newest.has(strategy)) continue;
    if (strategy === run.recipe.strategy || other.headline === null) continue;
    const tested = rightness(project.db, other.id);
    if (tested.size === own.size && [...own.keys()].every((id) => tested.has(id)))
      newest.set(strategy, other);
  }
  return [...newest.values()];
}

function toRival(run: StoredRun): ReportRival {
  const unknown = { value: null, low: null, high: null };
  return {
    id: run.id,
    strategy: run.recipe.strategy,
    accuracy: run.headline?.accuracy ?? unknown,
    balancedAccuracy: run.headline?.balancedAccuracy ?? unknown,
    seconds: run.seconds,
  };
}

/** This run against each rival, corrected for their number. */
function comparisonsOf(project: OpenProject, run: StoredRun, rivals: readonly StoredRun[]) {
  const own = rightness(project.db, run.id);
  const images = [...own.keys()];
  const rightOf = (id: RunId) => {
    const right = rightness(project.db, id);
    return images.map((image) => right.get(image) ?? false);
  };
  return compareAll(
    [run, ...rivals].map((each) => ({ id: each.id, right: rightOf(each.id) })),
    rivals.map((rival) => [rival.id, run.id] as const),
    groupsOf(project.db, run, images),
    createRandom(INTERVAL_SEED),
  );
}

/** Small pictures as data URIs; an image that cannot be read any more is left out. */
async function picturesOf(
  paths: ReadonlyMap<ImageId, string>,
  ids: readonly ImageId[],
): Promise<ReadonlyMap<number, string>> {
  const pictures = new Map<number, string>();
  for (const id of ids) {
    const path = paths.get(id);
    if (path === undefined) continue;
    const picture = await renderThumbnail(path, PICTURE_SIZE).catch(() => null);
    if (picture)
      pictures.set(id, `data:${picture.type};base64,${Buffer.from(picture.data).toString('base64')}`);
  }
  return pictures;
}
