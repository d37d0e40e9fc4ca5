import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { RunLogCode } from '../../../shared/domain/run-log.ts';
import { REFERENCE } from '../computing/decide.ts';
import type { RunLogLine } from '../stores/metrics.ts';
import { endedBySystem, mayLackMemory, type TrainerOutcome, type TrainerStart } from './trainer-session.ts';

/** Whoever is ended this often does not even come to say that there are no fewer: 512 images can be halved nine times. */
const MOST_ENDS = 10;

/** How a run goes on of its own accord after an attempt that failed, and what its log says of it. */
export interface NextAttempt {
  readonly start: TrainerStart;
  readonly line: Omit<RunLogLine, 'at'>;
}

/**
 * The next attempt from the last checkpoint, null where the run ends: with fewer images at a time wherever memory
 * was short (the trainer itself says when there are no fewer), with the reference where a device stopped answering or took
 * the process with it, once. What a person named is never replaced.
 */
export function nextAttempt(
  outcome: TrainerOutcome,
  last: TrainerStart,
  runtime: TrainManifest['runtime'],
): NextAttempt | null {
  const used = replaceable(last, runtime);
  const fewer = withFewer(outcome, last);
  // Whoever aborts may have another reason: with another executor there is another way to go on.
  const isAgain = !last.smaller || used === null || isSurelyMemory(outcome);
  if (fewer && isAgain) return { start: { ...fewer, resume: true }, line: lineOfLack(outcome) };
  const reason = failureOfExecutor(outcome);
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

/** The next attempt after one that lacked memory: with fewer images at a time. Null where it did not, or tried all. */
export function withFewer(outcome: TrainerOutcome, last: TrainerStart): TrainerStart | null {
  const { smaller = 0 } = last;
  return lacksMemory(outcome) && smaller < MOST_ENDS ? { ...last, smaller: smaller + 1 } : null;
}

function lacksMemory(outcome: TrainerOutcome): boolean {
  if (outcome.kind === 'crashed') return mayLackMemory(outcome);
  if (outcome.kind !== 'failed' || outcome.error.code !== 'OUT_OF_MEMORY') return false;
  const { first = 0, fewest = 0 } = outcome.error.params;
  return first > fewest;
}

/** What a run's log says where a process that lacked memory is followed by another. */
function lineOfLack(outcome: TrainerOutcome): NextAttempt['line'] {
  if (outcome.kind !== 'crashed') return warning('TRAIN_NEW_PROCESS', newProcess, {});
  const how = outcome.exit.signal ?? String(outcome.exit.code);
  return warning('TRAIN_ENDED_BY_SYSTEM', endedBySystem(outcome.exit), { how });
}

const newProcess =
  'Not all memory that failed attempts took is given back. The training goes on from its last checkpoint in a new process with fewer images at a time.';

/** Whether no executor is to blame: it was ended from outside, or said itself what it lacked. */
function isSurelyMemory(outcome: TrainerOutcome): boolean {
  if (outcome.kind !== 'crashed') return true;
  return outcome.exit.signal === 'SIGKILL' || outcome.exit.code === 137;
}

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
