import type { ImportProgress, ImportReport } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { CommandId } from '../../../shared/domain/ids.ts';
import { runLongCommand, storedOutcome } from '../annotations/command.ts';
import { openStep } from '../annotations/step.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { Latest } from '../jobs/latest.ts';
import { groupKeys } from './groups.ts';
import { createTeller, duplicatesOf, indexFiles, readImported } from './import-job.ts';
import { writeMarks } from './import-labels.ts';
import { type LabelOrder, planLabels } from './label-plan.ts';
import { type ImportWish, labelOrder, scanGrant } from './plan.ts';
import { imagesOf, startImages } from './service.ts';

/** One import as a command: the same id does it once. */
export type ImportCommand = ImportWish & { readonly commandId: CommandId };

type Running = { readonly state: Latest<ImportProgress | null>; readonly work: Promise<void> };
/** Imports under way by command, so that a call repeated after a broken line joins instead of starting another. */
const running = new WeakMap<OpenProject, Map<CommandId, Running>>();

/**
 * Imports what a grant stands for and tells its progress, at most ten times a second; the last message is the
 * report. Labels, groups and classes of one import are one step of undo. Leaving the loop or aborting ends the
 * work: what was imported until then stays, whole, and importing again adds the rest.
 */
export async function* importImages(
  context: EngineContext,
  command: ImportCommand,
  signal?: AbortSignal,
): AsyncGenerator<ImportProgress, void, void> {
  const project = context.project();
  const spec = { commandId: command.commandId, method: 'images.import', at: context.clock.now() };
  const stored = storedOutcome<ImportReport>(project.db, spec);
  if (stored !== null) {
    yield { type: 'done', report: stored.outcome };
    return;
  }
  const present = running.get(project)?.get(command.commandId);
  const ending = new AbortController();
  const signals = [ending.signal, project.closing, ...(signal === undefined ? [] : [signal])];
  const { state, work } = present ?? start(context, project, command, AbortSignal.any(signals));
  try {
    for await (const progress of state.watch(signal)) if (progress !== null) yield progress;
  } finally {
    // Who only joined leaves without ending the work of the one who began it.
    if (present === undefined) {
      ending.abort();
      await work.catch(() => undefined);
    }
  }
  // What went wrong is thrown here, once, to whoever waits for the report.
  await work;
}

function start(
  context: EngineContext,
  project: OpenProject,
  command: ImportCommand,
  signal: AbortSignal,
): Running {
  const state = new Latest<ImportProgress | null>(null);
  const imports = running.get(project) ?? new Map<CommandId, Running>();
  running.set(project, imports);
  // Grants are resolved before anything else, so that a wrong one fails at once.
  const order = labelOrder(context, command.labels);
  const run = async (): Promise<void> => {
    try {
      await runImport(context, project, { ...command, order }, signal, (value) => state.set(value));
    } catch (error) {
      // What was listed and not read when it was stopped is read in the background, so that it is whole too.
      if (!project.closing.aborted) startImages(context, project);
      throw error;
    }
  };
  const work = imagesOf(context)
    .turns.add(run)
    .finally(() => {
      imports.delete(command.commandId);
      state.finish();
    });
  work.catch(() => undefined);
  const entry = { state, work };
  imports.set(command.commandId, entry);
  return entry;
}

async function runImport(
  context: EngineContext,
  project: OpenProject,
  command: ImportCommand & { readonly order: LabelOrder },
  signal: AbortSignal,
  send: (value: ImportProgress) => void,
): Promise<void> {
  const started = performance.now();
  const at = context.clock.now();
  const tell = createTeller(send);
  const check = (): void => {
    if (!signal.aborted) return;
    throw new StudioError(
      'CANCELLED',
      'The import was stopped. What was imported stays; import again for the rest.',
    );
  };
  check();
  // A pattern that is none is refused before anything is written.
  await groupKeys(command.groups, []);
  tell('listing', 0, 0);
  const scan = await orCancelled(check, () =>
    scanGrant(context, command.source, { signal, onProgress: (found) => tell('listing', found, 0) }),
  );
  const plan = await orCancelled(check, () => planLabels(scan, command.order, project.task, signal));
  const options = { project, at, signal, tell, publish: () => context.publish('images') };
  const files = await indexFiles(scan, options);
  const { thumbnails } = imagesOf(context);
  const { failed, unreadable } = await readImported(scan, files, options);
  thumbnails.wake();
  check();
  const groups = await groupKeys(
    command.groups,
    files.map(({ relPath }) => relPath),
  );
  const spec = { commandId: command.commandId, method: 'images.import', at };
  const report = await runLongCommand<ImportReport>(project, spec, function* (db) {
    const author = context.settings.get().author;
    const step = openStep(db, { action: 'import', at, source: 'import', author });
    const marks = { files, entries: plan.entries, groups, unreadable };
    const labeled = yield* writeMarks(db, step, marks, at, (done) => tell('labels', done, files.length));
    step.finish();
    const added = files.filter(({ isNew, wasRemoved }) => isNew || wasRemoved).length;
    const failedNew = files.filter(({ id, isNew }) => isNew && unreadable.has(id)).length;
    return {
      imported: added - failedNew,
      alreadyThere: files.length - added,
      labeled,
      ...duplicatesOf(project),
      failed: [...scan.problems, ...failed],
      unmatchedRows: [...(plan.table?.unmatched ?? []), ...(plan.table?.invalid ?? [])],
      seconds: (performance.now() - started) / 1000,
    };
  });
  context.publish('images', 'labels', 'classes', 'project');
  thumbnails.wake();
  send({ type: 'done', report });
}

/** An abort inside a step surfaces as our own CANCELLED, whatever the step threw for it. */
async function orCancelled<T>(check: () => void, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    check();
    throw error;
  }
}
