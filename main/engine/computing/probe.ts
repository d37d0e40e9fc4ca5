import {
  type ExecutorId,
  type ExecutorReport,
  executorId,
  unknownExecutor,
} from '../../../shared/contract/executor.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { executorReason, reasonText } from '../../../shared/domain/executor-reasons.ts';
import type { EngineContext } from '../context.ts';
import { finishJob } from '../jobs/follow-job.ts';
import { DEFAULT_BACKBONE } from '../training/inspect.ts';
import { machineJob } from '../training/libraries.ts';

/** How far a measurement is: executors done, and the one at work. */
export interface ProbeStep {
  readonly done: number;
  readonly total: number;
  readonly executor: ExecutorId | null;
  readonly title: string;
}

/** What a measurement needs. */
export interface ProbeOptions {
  readonly threads: number;
  readonly libraries: string[];
  readonly signal: AbortSignal;
  readonly onStep: (step: ProbeStep) => void;
  /** Longest silence about one executor, in milliseconds, before it is taken for stuck. */
  readonly patience?: number;
}

/** An executor that says nothing for so long will not say anything. */
const PATIENCE_MS = 60_000;

interface Trial {
  readonly id: ExecutorId;
  readonly title: string;
}

/**
 * Tries every executor in a process of its own kind. One that takes its process down, or is stuck, is reported as
 * that, and another process goes on with the rest; so does one that wants a process to itself.
 * Throws StudioError CANCELLED after the signal.
 */
export async function probeExecutors(
  context: Pick<EngineContext, 'launcher' | 'userData' | 'resources' | 'ids' | 'log'>,
  options: ProbeOptions,
): Promise<ExecutorReport[]> {
  const reports: ExecutorReport[] = [];
  // What is measured again takes the place of what was said before.
  const keep = (report: ExecutorReport) => {
    const at = reports.findIndex(({ id }) => id === report.id);
    if (at < 0) reports.push(report);
    else reports[at] = report;
  };
  const total = executorId.options.length;
  const passes: (readonly ExecutorId[])[] = [executorId.options];
  for (let wanted = passes.shift(); wanted !== undefined; wanted = passes.shift()) {
    let trial: Trial | null = null;
    const apart: ExecutorId[] = [];
    const stuck = new AbortController();
    const watchdog = patienceOf(options.patience ?? PATIENCE_MS, () => stuck.abort());
    const onEvent = (event: TrainerEvent) => {
      watchdog.restart();
      if (event.type === 'probing') {
        trial = { id: event.executor, title: event.title };
        options.onStep({ done: reports.length, total, executor: event.executor, title: event.title });
      }
      if (event.type === 'probed') {
        keep(event.report);
        trial = null;
      }
      if (event.type === 'apart') apart.push(event.executor);
      return undefined;
    };
    try {
      const signal = AbortSignal.any([options.signal, stuck.signal]);
      await runProbe(context, { ...options, signal }, wanted, onEvent);
      passes.push(...apart.map((id) => [id]));
    } catch (error) {
      if (options.signal.aborted) throw error;
      const guilty = trial as Trial | null;
      // Nothing was being tried: the measurement itself is broken, and would be again.
      if (guilty === null) throw error;
      const report = failureOf(guilty, error, stuck.signal.aborted);
      context.log.warn(
        { executor: guilty.id, reason: report.reason && reasonText(report.reason, 'en') },
        'an executor failed while it was tried',
      );
      keep(report);
      const left = wanted.filter((id) => !reports.some((each) => each.id === id));
      if (left.length > 0) passes.push(left);
    } finally {
      watchdog.stop();
    }
  }
  // Those that were tried apart stand where they always do.
  return executorId.options.flatMap((id) => reports.filter((each) => each.id === id));
}

function runProbe(
  context: Pick<EngineContext, 'launcher' | 'userData' | 'resources' | 'ids'>,
  { threads, libraries, signal }: ProbeOptions,
  executors: readonly ExecutorId[],
  onEvent: (event: TrainerEvent) => undefined,
): Promise<void> {
  const { files, ...job } = machineJob(context, 'probe', libraries);
  return finishJob(context.launcher, {
    ...job,
    manifest: {
      version: 1,
      job: 'probe',
      executors: [...executors],
      backbone: DEFAULT_BACKBONE,
      files,
      runtime: { threads, executor: 'auto' },
    },
    onEvent,
    signal,
  });
}

function failureOf(trial: Trial, error: unknown, isStuck: boolean): ExecutorReport {
  const crashed = error instanceof StudioError && error.code === 'TRAINER_CRASHED';
  const reason = crashed
    ? executorReason('processEnded', { how: String(error.params.how ?? '') })
    : executorReason('failed', {}, messageOf(error));
  return {
    ...unknownExecutor(trial),
    code: isStuck ? 'timedOut' : crashed ? 'crashed' : 'notLoadable',
    reason: isStuck ? executorReason('timedOut') : reason,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function patienceOf(milliseconds: number, onEnd: () => void) {
  let timer = setTimeout(onEnd, milliseconds);
  return {
    restart: () => {
      clearTimeout(timer);
      timer = setTimeout(onEnd, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}
