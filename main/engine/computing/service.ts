import { mkdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { ComputingState } from '../../../shared/contract/computing.ts';
import {
  type ExecutorChoice,
  type ExecutorDecision,
  type ExecutorReport,
  executorChoice,
  executorReport,
} from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { GrantId } from '../../../shared/domain/ids.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import type { EngineContext } from '../context.ts';
import { trainerThreads } from '../training/inspect.ts';
import { findingsFile, libraryFolders, machineFolder } from '../training/libraries.ts';
import { decide, REFERENCE } from './decide.ts';
import { machineFingerprint } from './fingerprint.ts';
import { type ProbeStep, probeExecutors } from './probe.ts';

const measurement = z.object({
  fingerprint: z.string(),
  measuredAt: z.int(),
  reports: z.array(executorReport),
});
type Measurement = z.infer<typeof measurement>;

/** What the engine knows of a machine's executors: measured once, again when something changed, or when asked. */
interface Machine {
  known: Measurement | null;
  running: {
    readonly promise: Promise<Measurement>;
    step: ProbeStep | null;
    readonly stop: () => void;
  } | null;
}

const machines = new WeakMap<EngineContext['settings'], Machine>();

function machineOf(context: EngineContext): Machine {
  let machine = machines.get(context.settings);
  if (!machine) {
    machine = { known: null, running: null };
    machines.set(context.settings, machine);
  }
  return machine;
}

const fileOf = (context: EngineContext) => join(machineFolder(context), 'executors.json');

/** What is known without measuring; `null` where that was never done, or not with what is installed now. */
async function knownMeasurement(context: EngineContext): Promise<Measurement | null> {
  const machine = machineOf(context);
  const fingerprint = await fingerprintOf(context);
  if (machine.known?.fingerprint === fingerprint) return machine.known;
  try {
    const stored = measurement.parse(JSON.parse(await readFile(fileOf(context), 'utf8')));
    // One in which even the reference failed was made on a machine too busy for it: another start tries again.
    const isWhole = stored.reports.some((each) => each.id === REFERENCE && each.usable);
    machine.known = isWhole && stored.fingerprint === fingerprint ? stored : null;
  } catch {
    // Not there yet, or of another shape: it is measured again.
    machine.known = null;
  }
  return machine.known;
}

function fingerprintOf(context: EngineContext): Promise<string> {
  return machineFingerprint({
    version: context.version,
    threads: trainerThreads(context),
    libraries: libraryFolders(context),
  });
}

/** Measures now; whoever asks while it is going on waits for the same measurement. */
function measureNow(context: EngineContext): NonNullable<Machine['running']> {
  const machine = machineOf(context);
  if (machine.running) return machine.running;
  const stopping = new AbortController();
  const running = { promise: work(), step: null as ProbeStep | null, stop: () => stopping.abort() };
  async function work(): Promise<Measurement> {
    try {
      const fingerprint = await fingerprintOf(context);
      const reports = await probeExecutors(context, {
        threads: trainerThreads(context),
        libraries: libraryFolders(context),
        signal: stopping.signal,
        onStep: (step) => {
          running.step = step;
          context.publish('computing');
        },
      });
      const found = { fingerprint, measuredAt: context.clock.now(), reports };
      await mkdir(machineFolder(context), { recursive: true });
      await writeWhole(fileOf(context), JSON.stringify(found, null, 2));
      machine.known = found;
      return found;
    } finally {
      machine.running = null;
      context.publish('computing');
    }
  }
  machine.running = running;
  context.publish('computing');
  return running;
}

/** What is known of the executors, measured first where nothing is. A measurement that fails leaves the reference alone. */
async function reportsOf(context: EngineContext): Promise<readonly ExecutorReport[] | null> {
  const known = await knownMeasurement(context);
  if (known) return known.reports;
  try {
    return (await measureNow(context).promise).reports;
  } catch (error) {
    context.log.warn({ err: error }, 'the executors could not be measured; the reference is used');
    return null;
  }
}

/**
 * The choice that counts where a run names none: `ENXERTO_EXECUTOR` for a command, else the person's setting. StudioError
 * EXECUTOR_UNAVAILABLE where the variable names what does not exist: nothing else is taken in its place.
 */
function chosen(context: EngineContext): ExecutorChoice {
  const named = process.env.ENXERTO_EXECUTOR;
  if (!named) return context.settings.get().executor;
  const forced = executorChoice.safeParse(named);
  if (forced.success) return forced.data;
  const known = executorChoice.options.join(', ');
  throw new StudioError(
    'EXECUTOR_UNAVAILABLE',
    `ENXERTO_EXECUTOR says "${named}", a name that Enxerto does not know. Set it to one of these, or not at all: ${known}.`,
    { executor: named, known },
  );
}

/**
 * What a new job runs with. The reference needs no measurement, so choosing it never waits for one.
 * Throws StudioError EXECUTOR_UNAVAILABLE where a chosen executor cannot be used.
 */
export async function runtimeFor(
  context: EngineContext,
  wanted?: ExecutorChoice,
): Promise<TrainManifest['runtime']> {
  const choice = wanted ?? chosen(context);
  const reports =
    choice === REFERENCE ? ((await knownMeasurement(context))?.reports ?? null) : await reportsOf(context);
  return { threads: trainerThreads(context), executor: choice, decision: decide(choice, reports) };
}

/** Everything that the page shows about computing. */
export async function computingState(context: EngineContext): Promise<ComputingState> {
  const known = await knownMeasurement(context);
  const machine = machineOf(context);
  const choice = chosen(context);
  const { libraries } = context.settings.get();
  const step = machine.running?.step;
  return {
    executors: known?.reports ?? null,
    measuredAt: known?.measuredAt ?? null,
    measuring: machine.running && {
      done: step?.done ?? 0,
      total: step?.total ?? 0,
      title: step?.title ?? '',
    },
    choice,
    decision: decisionOrNull(choice, known?.reports ?? null),
    threads: trainerThreads(context),
    machineThreads: availableParallelism(),
    libraries: libraries === null ? null : basename(libraries),
  };
}

function decisionOrNull(
  choice: ExecutorChoice,
  reports: readonly ExecutorReport[] | null,
): ExecutorDecision | null {
  try {
    return decide(choice, reports);
  } catch {
    return null;
  }
}

/** Measures in the background at the first start, and when something was installed or changed since. */
export function measureIfChanged(context: EngineContext): void {
  const measure = async () => {
    if (chosen(context) !== REFERENCE) await reportsOf(context);
  };
  measure().catch((error: unknown) => context.log.warn({ err: error }, 'the executors were not measured'));
}

/** Ends a measurement with the engine; what was known before stays. */
export async function stopMeasuring(context: EngineContext): Promise<void> {
  const { running } = machineOf(context);
  running?.stop();
  await running?.promise.catch(() => undefined);
}

/** Remembers where the person keeps libraries of executors; what they bring is measured at once. */
export async function chooseLibraries(
  context: EngineContext,
  folder: GrantId | null,
): Promise<ComputingState> {
  await context.settings.update({
    libraries: folder === null ? null : context.grants.path(folder, 'folder'),
  });
  context.publish('computing');
  measureIfChanged(context);
  return computingState(context);
}

/** Steps of a measurement that was asked for, then what it found. Going away stops it. */
export async function* measureAgain(
  context: EngineContext,
  signal?: AbortSignal,
): AsyncGenerator<ProbeStep, ComputingState, undefined> {
  // Whoever asks does not believe what is known: which forms are the fastest is found out anew as well. Runs that go on
  // have theirs in their checkpoints.
  await rm(findingsFile(context), { force: true });
  const running = measureNow(context);
  const stop = () => running.stop();
  signal?.addEventListener('abort', stop, { once: true });
  let isOver = false;
  const over = running.promise.then(
    () => undefined,
    () => undefined,
  );
  void over.then(() => {
    isOver = true;
  });
  let last: ProbeStep | null = null;
  try {
    while (!isOver) {
      if (signal?.aborted) running.stop();
      if (running.step && running.step !== last) {
        last = running.step;
        yield last;
      }
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    await running.promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    // Whoever stopped listening (a closed page) does not want it either.
    if (!isOver) running.stop();
  }
  if (signal?.aborted) throw new StudioError('CANCELLED', 'The measurement was cancelled.');
  return computingState(context);
}
