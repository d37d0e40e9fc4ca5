import type { RunState } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { TrainerOutcome } from './trainer-session.ts';

/** What a person may ask of a run. */
export type RunAction = 'pause' | 'resume' | 'cancel';

const table: Readonly<Record<RunAction, Readonly<Partial<Record<RunState, RunState>>>>> = {
  pause: { running: 'paused', paused: 'paused' },
  resume: { paused: 'running', running: 'running' },
  cancel: { waiting: 'cancelled', running: 'cancelled', paused: 'cancelled', cancelled: 'cancelled' },
};

/** The state an action leads to (the same one where it is already so); StudioError RUN_NOT_ACTIVE where it cannot. */
export function afterAction(state: RunState, action: RunAction): RunState {
  const next = table[action][state];
  if (next) return next;
  throw new StudioError('RUN_NOT_ACTIVE', `A run that is ${state} cannot ${action}.`, { state, action });
}

/** Failures that a person can mend, after which the run can go on from its last checkpoint. */
const mendable: ReadonlySet<string> = new Set([
  'NO_SPACE',
  'NO_PERMISSION',
  'FILE_MISSING',
  'OUT_OF_MEMORY',
  'DEVICE_LOST',
  'EXECUTOR_UNAVAILABLE',
]);

/** How a run stands after its trainer ended; `stop` says whether a person or the closing of the project ended it. */
export function afterOutcome(
  outcome: TrainerOutcome,
  stop: 'cancel' | 'close' | null,
): { readonly state: RunState; readonly resumable: boolean } {
  if (outcome.kind === 'done') return { state: 'done', resumable: false };
  if (outcome.kind === 'failed' && stop === null) {
    return { state: 'failed', resumable: mendable.has(outcome.error.code) };
  }
  return { state: stop === 'cancel' ? 'cancelled' : 'interrupted', resumable: true };
}
