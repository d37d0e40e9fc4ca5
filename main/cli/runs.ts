import type { ExecutorChoice } from '../../shared/contract/executor.ts';
import type { Evaluation, Recipe } from '../../shared/contract/recipe.ts';
import type { JobNote, RunSummary } from '../../shared/contract/training.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import type { GrantId, RunId } from '../../shared/domain/ids.ts';
import { toStudioError } from '../engine/jobs/follow-job.ts';
import { cancellable } from './failures.ts';
import type { Studio } from './studio.ts';
import { trainingStep } from './wording.ts';

/** Starts a run and stays with it to its end. */
export async function trainToEnd(
  studio: Studio,
  request: {
    readonly recipe: Recipe;
    readonly evaluation: Evaluation;
    readonly name?: string;
    readonly finalModel?: boolean;
    readonly executor?: ExecutorChoice;
  },
): Promise<RunSummary> {
  const { client, commandId } = studio;
  const run = await client.training.start({ commandId: commandId(), ...request });
  return followRun(studio, run);
}

/**
 * Shows a run's progress until it ends. Ctrl+C cancels it, leaving a checkpoint from which it can go on. Throws
 * StudioError CANCELLED, or what the run failed with.
 */
export async function followRun(studio: Studio, run: RunSummary): Promise<RunSummary> {
  const { client, output, signal } = studio;
  let last = run;
  const told = new Set<string>();
  const cancel = () => {
    void client.training.control({ run: run.id, action: 'cancel' }).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    for await (const snapshot of await client.training.watch({ run: run.id })) {
      last = snapshot.run;
      for (const line of snapshot.log) {
        const key = `${line.at} ${line.code} ${line.message}`;
        if (told.has(key)) continue;
        told.add(key);
        output.event('log', line);
        if (line.level === 'warning') output.say(`! ${line.message}`);
      }
      if (snapshot.progress) output.progress(trainingStep(snapshot.progress));
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  if (last.state === 'done') return last;
  const next = last.resumable
    ? `Go on with it: ${resumeCommand(studio, last)}`
    : 'Nothing was learned yet that could be kept; start it again.';
  if (last.state === 'cancelled')
    throw new StudioError('CANCELLED', `The training "${last.name}" was cancelled. ${keptOf(last)}${next}`, {
      run: last.name,
    });
  if (last.resumable) output.say(`! ${next}`);
  throw last.error
    ? toStudioError(last.error)
    : new StudioError('TRAINER_CRASHED', `The run is ${last.state}.`, { state: last.state });
}

const keptOf = ({ resumable }: RunSummary): string =>
  resumable ? 'What it learned up to its last checkpoint is kept. ' : '';

/** The command that goes on with a run, as it can be typed anywhere. */
function resumeCommand(studio: Studio, { name }: RunSummary): string {
  const { folder } = studio.engine.context.project();
  return `enxerto train ${/^[\w./\\:-]+$/.test(folder) ? folder : `"${folder}"`} --resume "${name}"`;
}

/** The run a person means: by id, by the beginning of its id, by name, or the newest that has a network. */
export async function findRun(studio: Studio, named: string | undefined): Promise<RunSummary> {
  const runs = await studio.client.training.runs();
  if (named === undefined) {
    const newest = runs.find((run) => run.hasModel);
    if (newest) return newest;
    throw new StudioError('NOT_FOUND', 'There is no finished run yet. Make one with: enxerto train PROJECT');
  }
  const matches = runs.filter((run) => run.id === named || run.name === named);
  const found = matches.length > 0 ? matches : runs.filter((run) => run.id.startsWith(named));
  if (found.length === 1 && found[0]) return found[0];
  const names = runs.map((run) => run.name).join(', ') || 'none';
  const problem = found.length > 1 ? 'several runs are called' : 'there is no run called';
  throw new StudioError('NOT_FOUND', `In this project ${problem} ${named}. Runs: ${names}.`, { run: named });
}

type JobEvent<Result> =
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly secondsLeft: number | null;
      readonly notes: readonly JobNote[];
    }
  | { readonly type: 'done'; readonly result: Result };

/** Shows a job's progress and what it says, and answers with its result. */
export async function followJobEvents<Result>(
  studio: Studio,
  events: AsyncIterable<JobEvent<Result>>,
): Promise<Result> {
  const { output } = studio;
  let result: Result | undefined;
  let told = 0;
  for await (const event of events) {
    if (event.type === 'done') {
      result = event.result;
      continue;
    }
    const { notes, ...step } = event;
    for (const note of notes.slice(told)) {
      output.event('log', note);
      if (note.level === 'warning') output.say(`! ${note.message}`);
    }
    told = notes.length;
    output.progress(step);
  }
  if (result === undefined) throw new StudioError('CANCELLED', 'The job ended without a result.');
  return result;
}

const notWritten = (what: string, file: string): string =>
  `The ${what} was stopped. ${file} was not written, and what was there before is as it was; the same command begins anew.`;

/** Exports a run's network with its certificate. */
export async function exportRun(studio: Studio, run: RunId, file: string) {
  const { client, commandId, grant, signal } = studio;
  const target: GrantId = grant('save', file);
  return cancellable(signal, notWritten('export', file), async () =>
    followJobEvents(
      studio,
      await client.training.exportOnnx({ commandId: commandId(), run, target }, { signal }),
    ),
  );
}

/** Predicts a folder with a run's network into a table. */
export async function predictWith(studio: Studio, run: RunId, folder: string, file: string) {
  const { client, commandId, grant, signal } = studio;
  const request = {
    commandId: commandId(),
    run,
    source: grant('folder', folder),
    target: grant('save', file),
  };
  return cancellable(signal, notWritten('prediction', file), async () =>
    followJobEvents(studio, await client.training.predict(request, { signal })),
  );
}
