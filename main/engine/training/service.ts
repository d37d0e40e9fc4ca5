import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ExecutorChoice } from '../../../shared/contract/executor.ts';
import type { Evaluation, Recipe } from '../../../shared/contract/recipe.ts';
import { type TrainManifest, trainManifest } from '../../../shared/contract/trainer.ts';
import type { RunSummary } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { CommandId, JobId, RunId } from '../../../shared/domain/ids.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { runtimeFor } from '../computing/service.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import type { ReadableDb } from '../db/types.ts';
import { RunSupervisor } from '../jobs/run-supervisor.ts';
import { toJobError } from '../jobs/trainer-session.ts';
import { findCommand, storeCommand } from '../stores/commands.ts';
import { isUnfinished, listRuns, requireRun, type StoredRun, toSummary, updateRun } from '../stores/runs.ts';
import { imagePaths } from '../stores/snapshots.ts';
import { cacheState } from './cache.ts';
import { requireResources } from './estimate.ts';
import { runFiles, runFolder } from './job-files.ts';
import { type ManifestSurroundings, prepareRun } from './prepare.ts';
import { headlineOf } from './results.ts';

const supervisors = new WeakMap<OpenProject, RunSupervisor>();

/** The runs of the open project; those that a crash left behind are interrupted before this resolves. */
export async function runsOf(context: EngineContext): Promise<RunSupervisor> {
  const project = context.project();
  let supervisor = supervisors.get(project);
  if (!supervisor) {
    supervisor = new RunSupervisor({
      project,
      launcher: context.launcher,
      clock: context.clock,
      publish: context.publish,
      log: context.log,
      manifestOf: (run) => manifestNow(context, project, run),
      headlineOf: (run) => headlineOf(project.db, run),
    });
    supervisors.set(project, supervisor);
  }
  await supervisor.ready;
  return supervisor;
}

/** Whether a trainer is at work for the open project, for the question before the window closes. */
export function isTraining(context: EngineContext): boolean {
  const project = context.current();
  return project !== null && (supervisors.get(project)?.isActive ?? false);
}

/** All runs of the open project, newest first. */
export async function listRunSummaries(context: EngineContext): Promise<RunSummary[]> {
  await runsOf(context);
  return listRuns(context.project().db).map(toSummary);
}

const startOutcome = z.object({ run: z.string() });

/**
 * Fixes labels and split, writes the manifest and queues the run. Repeated with the same command id it answers
 * with the run it started. StudioError TOO_FEW_IMAGES, ONE_CLASS, NO_SPACE, OUT_OF_MEMORY before anything is written.
 */
export async function startRun(
  context: EngineContext,
  input: {
    readonly commandId: CommandId;
    readonly recipe: Recipe;
    readonly evaluation: Evaluation;
    readonly name?: string | undefined;
    readonly finalModel?: boolean | undefined;
    /** What computes this run; the person's setting where absent. */
    readonly executor?: ExecutorChoice | undefined;
  },
): Promise<RunSummary> {
  const project = context.project();
  const supervisor = await runsOf(context);
  const repeated = startedBy(project.db, input.commandId);
  if (repeated) return toSummary(repeated);
  await requireResources(context, input);
  const { executor, ...asked } = input;
  const run = context.ids.next() as RunId;
  const files = runFiles(context, project, run, input.recipe.backbone);
  const surroundings: ManifestSurroundings = {
    files: { ...files, cacheLimit: (await cacheState(context)).limit },
    // Before anything is stored: an executor that was asked for and is not there ends it here.
    runtime: await runtimeFor(context, executor),
    program: context.version,
  };
  const request = {
    ...asked,
    run,
    name: input.name?.trim() || nextName(project),
    at: context.clock.now(),
  };
  const manifest = await project.writeInSteps(function* (db) {
    // The same command may have come again while this one was still finding out whether it can start.
    return findCommand(db, input.commandId) ? null : yield* prepareRun(db, project, request, surroundings);
  });
  if (manifest === null) return toSummary(startedBy(project.db, input.commandId)!);
  try {
    await mkdir(manifest.files.folder, { recursive: true });
    await writeWhole(join(manifest.files.folder, 'manifest.json'), JSON.stringify(manifest));
  } catch (error) {
    const failed = { state: 'failed', error: toJobError(error), finishedAt: context.clock.now() } as const;
    await project.write((db) => updateRun(db, run, failed));
    throw error;
  }
  const summary = supervisor.enqueue(run, { resume: false });
  context.publish('runs', 'splits');
  return summary;
}

/** The run that a command started; `null` where it was not carried out yet. */
function startedBy(db: ReadableDb, commandId: CommandId): StoredRun | null {
  const stored = findCommand(db, commandId);
  if (!stored) return null;
  return requireRun(db, startOutcome.parse(JSON.parse(stored.outcome)).run as RunId);
}

/** `Run 7`: one more than there ever were, so that a name is never given twice. */
function nextName(project: OpenProject): string {
  const used = new Set(listRuns(project.db).map((run) => run.name));
  let number = used.size + 1;
  while (used.has(`Run ${number}`)) number += 1;
  return `Run ${number}`;
}

/** Goes on from the last checkpoint. StudioError RUN_ACTIVE, RUN_NOT_RESUMABLE. */
export async function resumeRun(
  context: EngineContext,
  input: {
    readonly commandId: CommandId;
    readonly run: RunId;
    /** Another executor than it began with: its weights then differ in the last digits from an uninterrupted run's. */
    readonly executor?: ExecutorChoice | undefined;
  },
): Promise<RunSummary> {
  const project = context.project();
  const supervisor = await runsOf(context);
  if (findCommand(project.db, input.commandId)) return toSummary(requireRun(project.db, input.run));
  const executor = input.executor && (await runtimeFor(context, input.executor)).decision?.roles.training;
  const isFirst = await project.write((db) => {
    // Looked at where nothing can come between: a second click must not queue the run twice.
    if (findCommand(db, input.commandId)) return false;
    const run = requireIdle(db, input.run);
    if (!run.resumable || !existsSync(join(project.folder, run.manifestPath))) {
      throw new StudioError(
        'RUN_NOT_RESUMABLE',
        `The run "${run.name}" is ${run.state} and cannot go on. Start a new one with the same recipe.`,
        { run: run.name, state: run.state },
      );
    }
    updateRun(db, run.id, { state: 'waiting', error: null, resumable: false, finishedAt: null });
    storeCommand(db, input.commandId, 'training.resume', '{}', context.clock.now());
    return true;
  });
  if (!isFirst) return toSummary(requireRun(project.db, input.run));
  context.publish('runs');
  return supervisor.enqueue(input.run, { resume: true, executor });
}

/** The stored run, which must not be at work nor wait for its turn; StudioError RUN_ACTIVE otherwise. */
function requireIdle(db: ReadableDb, id: RunId): StoredRun {
  const run = requireRun(db, id);
  if (!isUnfinished(run)) return run;
  const message = `The run "${run.name}" is ${run.state}. Cancel it first, or wait until it has ended.`;
  throw new StudioError('RUN_ACTIVE', message, { run: run.name, state: run.state });
}

/** Removes a run with its files; one that is at work is refused with RUN_ACTIVE. */
export async function removeRun(
  context: EngineContext,
  input: { readonly commandId: CommandId; readonly run: RunId },
): Promise<void> {
  const project = context.project();
  await runsOf(context);
  await project.write((db) => {
    if (findCommand(db, input.commandId)) return;
    requireIdle(db, input.run);
    updateRun(db, input.run, { removedAt: context.clock.now() });
    storeCommand(db, input.commandId, 'training.remove', '{}', context.clock.now());
  });
  await rm(runFolder(project, input.run), { recursive: true, force: true });
  context.publish('runs');
}

/** Gives a run another name. */
export async function renameRun(
  context: EngineContext,
  input: { readonly run: RunId; readonly name: string },
): Promise<RunSummary> {
  const project = context.project();
  requireRun(project.db, input.run);
  await project.write((db) => updateRun(db, input.run, { name: input.name }));
  context.publish('runs');
  return toSummary(requireRun(project.db, input.run));
}

/**
 * The manifest to start from. It never changes once written; where project, program or images have moved since, a
 * second file with today's paths and otherwise the same content is written beside it.
 */
async function manifestNow(
  context: EngineContext,
  project: OpenProject,
  run: StoredRun,
): Promise<{ readonly path: string; readonly manifest: TrainManifest }> {
  const path = join(project.folder, run.manifestPath);
  const original = trainManifest.parse(JSON.parse(await readFile(path, 'utf8')));
  const files = runFiles(context, project, run.id, run.recipe.backbone);
  const now = imagePaths(project.db, run.snapshotId);
  const images = original.images.map((image) => ({ ...image, path: now.get(image.id) ?? image.path }));
  const { cacheLimit = 0, ...places } = original.files;
  const { limit } = await cacheState(context);
  const moved =
    JSON.stringify(files) !== JSON.stringify(places) ||
    // More may be kept now: what there was no room for then may have some.
    limit > cacheLimit ||
    images.some((image, index) => image.path !== original.images[index]?.path);
  if (!moved) return { path, manifest: original };
  const manifest = { ...original, files: { ...files, cacheLimit: limit }, images };
  const beside = join(files.folder, 'manifest-moved.json');
  await writeWhole(beside, JSON.stringify(manifest));
  return { path: beside, manifest };
}

/** Runs that are at work or wait for their turn, with models done of models to do. */
export async function listJobs(
  context: EngineContext,
): Promise<{ id: JobId; kind: string; done: number; total: number }[]> {
  const supervisor = await runsOf(context);
  return listRuns(context.project().db)
    .filter(isUnfinished)
    .map((run) => {
      const progress = supervisor.progress(run.id);
      return {
        id: `run-${run.id}` as JobId,
        kind: 'train',
        done: progress?.model ?? 0,
        total: progress?.models ?? 0,
      };
    });
}
