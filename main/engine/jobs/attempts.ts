import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { RunLogCode } from '../../../shared/domain/run-log.ts';
import { REFERENCE } from '../computing/decide.ts';
import type { RunLogLine } from '../stores/metrics.ts';
import { endedBySystem, mayLackMemory, type TrainerOutcome, type TrainerStart } from './trainer-session.ts';

/** How a run goes on of its own accord after an attempt that failed, and what its log says of it. */
export interface NextAttempt {
  readonly start: TrainerStart;
  readonly line: Omit<RunLogLine, 'at'>;
}

/**
 * The next attempt from the last checkpoint, null where the run ends: with less memory where the system ended it, with
 * the reference where a device stopped answering or took the process with it. What a person named is never replaced.
 * Each is tried once.
 */
export function nextAttempt(
  outcome: TrainerOutcome,
  last: TrainerStart,
  runtime: TrainManifest['runtime'],
): NextAttempt | null {
  if (!last.smaller) {
    const line = lackOfMemory(outcome, last, runtime);
    if (line) return { start: { ...last, resume: true, smaller: true }, line };
  }
  const reason = failureOfExecutor(outcome);
  const used = replaceable(last, runtime);
  if (reason === null || used === null) return null;
  const executor = runtime.decision?.used.find((each) => each.id === used)?.title ?? used;
  return {
    start: { ...last, resume: true, executor: REFERENCE },
    line: warning(
      'TRAIN_WITHOUT_EXECUTOR',
      `${executor} stopped computing (${reason}). The training goes on from its last checkpoint with ONNX Runtime on the processor.`,
      { executor, reason },
    ),
  };
}

/** What a log says where a process that lacked memory is followed by another; null where it did not, or went on itself. */
function lackOfMemory(
  outcome: TrainerOutcome,
  last: TrainerStart,
  runtime: TrainManifest['runtime'],
): NextAttempt['line'] | null {
  if (outcome.kind === 'crashed' && mayLackMemory(outcome.exit)) {
    const how = outcome.exit.signal ?? String(outcome.exit.code);
    return warning('TRAIN_ENDED_BY_SYSTEM', endedBySystem(outcome.exit), { how });
  }
  // The memory of WebAssembly is of no use any more once it was too small; only another process has a new one.
  const isSpoiled = (last.executor ?? runtime.decision?.roles.training ?? runtime.executor) === 'tfjs-wasm';
  return outcome.kind === 'failed' && outcome.error.code === 'OUT_OF_MEMORY' && isSpoiled
    ? warning('TRAIN_NEW_PROCESS', newProcess, {})
    : null;
}

const newProcess =
  'The memory that WebAssembly can have did not suffice. The training goes on from its last checkpoint in a new process with fewer images at a time.';

const ofExecutors: ReadonlySet<string> = new Set(['DEVICE_LOST', 'EXECUTOR_UNAVAILABLE']);

/** Why what computed is to blame; null where it is not. */
function failureOfExecutor(outcome: TrainerOutcome): string | null {
  if (outcome.kind === 'crashed') return outcome.exit.signal ?? String(outcome.exit.code);
  return outcome.kind === 'failed' && ofExecutors.has(outcome.error.code) ? outcome.error.message : null;
}

/** What trains, where it was chosen by its measurement and is not the reference. */
function replaceable(
  last: TrainerStart,
  { executor, decision }: TrainManifest['runtime'],
): ExecutorId | null {
  if (last.executor !== undefined || executor !== 'auto' || decision === undefined) return null;
  const { training, forward } = decision.roles;
  return [training, forward].find((id) => id !== REFERENCE) ?? null;
}

function warning(code: RunLogCode, message: string, params: RunLogLine['params']): NextAttempt['line'] {
  return { level: 'warning', code, message, params };
}
