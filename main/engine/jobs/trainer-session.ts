import type { TrainerCommand, TrainerEvent } from '../../../shared/contract/trainer.ts';
import type { ErrorParams } from '../../../shared/domain/errors.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { Launcher, TrainerExit, TrainerHandle } from '../../lib/launcher.ts';
import { watchMemory } from '../../lib/memory-watch.ts';

/** A failure as it is stored with a run and shown: a code, its values, an English sentence. */
export type JobError = { readonly code: string; readonly message: string; readonly params: ErrorParams };

/**
 * How a trainer process ended. `crashed`: it went away without a last word; `lowMemory`: when hardly any memory was left.
 */
export type TrainerOutcome =
  | { readonly kind: 'done'; readonly seconds: number; readonly record: Readonly<Record<string, unknown>> }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: JobError }
  | { readonly kind: 'crashed'; readonly exit: TrainerExit; readonly lowMemory: boolean };
export type TrainerCrash = Extract<TrainerOutcome, { kind: 'crashed' }>;

/** How long a trainer may take, in milliseconds, before it is ended by force. */
export type Patience = {
  /** From the launch to its first word. */
  readonly start: number;
  /** From the request to cancel to its end. */
  readonly cancel: number;
  /** From its last word to its exit. */
  readonly exit: number;
};
/** Cancelling by force loses nothing: checkpoints and results are whole files, renamed into place. */
const defaultPatience: Patience = { start: 60_000, cancel: 900, exit: 5_000 };

/** One trainer process at work, as the engine's jobs see it: what happened, and three things to ask of it. */
export type TrainerSession = {
  /** Never rejects: every way to end is an outcome. Resolves once the process is gone. */
  readonly finished: Promise<TrainerOutcome>;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Asks, waits, then kills. */
  readonly cancel: () => void;
};

/** What a trainer is to begin with. */
export type TrainerStart = Omit<Extract<TrainerCommand, { type: 'start' }>, 'type'>;

/** Takes an event; what it stores may still be on its way when the promise is handed back. */
export type EventListener = (event: TrainerEvent) => undefined | Promise<unknown>;

/**
 * Launches a trainer on a manifest file and follows it to its end. `onEvent` gets every event in order; if it
 * throws or rejects (a full disk, a closed database), the trainer is ended and the error becomes the outcome.
 */
export async function startTrainer(
  launcher: Launcher,
  id: string,
  start: TrainerStart,
  onEvent: EventListener,
  patience: Patience = defaultPatience,
): Promise<TrainerSession> {
  const handle = await launcher.launch(id);
  const finished = follow(handle, onEvent, patience);
  handle.send({ type: 'start', ...start });
  let cancelTimer: NodeJS.Timeout | undefined;
  void finished.then(() => clearTimeout(cancelTimer));
  return {
    finished,
    pause: () => handle.send({ type: 'pause' }),
    resume: () => handle.send({ type: 'resume' }),
    cancel: () => {
      if (cancelTimer) return;
      handle.send({ type: 'cancel' });
      cancelTimer = setTimeout(() => handle.kill(), patience.cancel);
    },
  };
}

function follow(handle: TrainerHandle, onEvent: EventListener, patience: Patience): Promise<TrainerOutcome> {
  let outcome: TrainerOutcome | null = null;
  let timer = setTimeout(() => handle.kill(), patience.start);
  const storing = new Set<Promise<unknown>>();
  const memory = watchMemory(handle.pid);
  const conclude = (value: TrainerOutcome) => {
    outcome ??= value;
    clearTimeout(timer);
    timer = setTimeout(() => handle.kill(), patience.exit);
  };
  const abandon = (error: unknown) => {
    // What could not be stored outweighs a `done` that came meanwhile.
    outcome = { kind: 'failed', error: toJobError(error) };
    handle.kill();
  };
  const take = (event: TrainerEvent) => {
    try {
      const stored = onEvent(event)?.catch(abandon);
      if (!stored) return;
      storing.add(stored);
      void stored.then(() => storing.delete(stored));
    } catch (error) {
      abandon(error);
    }
  };
  return new Promise((resolve) => {
    handle.onEvent((event) => {
      if (outcome) return;
      clearTimeout(timer);
      take(event);
      const last = lastWord(event);
      if (last) conclude(last);
    });
    handle.onExit((exit) => {
      clearTimeout(timer);
      const crash: TrainerCrash = { kind: 'crashed', exit, lowMemory: memory.wasLow() };
      memory.stop();
      void Promise.all(storing).then(() => resolve(outcome ?? crash));
    });
  });
}

function lastWord(event: TrainerEvent): TrainerOutcome | null {
  switch (event.type) {
    case 'done':
      return { kind: 'done', seconds: event.seconds, record: event.record };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'failed':
      return {
        kind: 'failed',
        error: { code: event.code, message: event.message, params: event.params },
      };
    default:
      return null;
  }
}

/** Any thrown value as something that can be stored and shown. */
export function toJobError(error: unknown): JobError {
  if (error instanceof StudioError) {
    return { code: error.code, message: error.message, params: error.params };
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), params: {} };
}

/** Exit codes of a process that was ended by SIGKILL and by SIGABRT, and Windows' STATUS_NO_MEMORY. */
const memoryCodes: ReadonlySet<number> = new Set([137, 134, 0xc0000017]);
/** How systems end a process that has no memory left, and how runtimes end themselves then. */
const memorySignals: ReadonlySet<string> = new Set(['SIGKILL', 'SIGABRT']);

/**
 * Whether a trainer that nobody asked to end may have been ended for want of memory: systems kill without a word, a failed
 * allocation outside JavaScript aborts, and libraries that do not look whether one failed end in any way.
 */
export function mayLackMemory({ exit: { code, signal }, lowMemory }: TrainerCrash): boolean {
  return (
    lowMemory || (signal !== null && memorySignals.has(signal)) || (code !== null && memoryCodes.has(code))
  );
}

/** What a run's log says when it goes on after that. */
export function endedBySystem({ code, signal }: TrainerExit): string {
  return `The system ended the training process (${signal ?? `exit code ${code}`}), most likely for want of memory. It goes on from the last checkpoint with fewer images at a time.`;
}

/** What to say when a trainer went away without a last word. */
export function crashError({ exit, lowMemory }: TrainerCrash): JobError {
  const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
  if (lowMemory) {
    return {
      code: 'TRAINER_CRASHED',
      message: `The training process ended unexpectedly (${how}) when hardly any memory was left, which is most likely why. The project is whole; close other programs, or choose a smaller batch or image size, and go on from the last checkpoint.`,
      params: { how, memory: 'low' },
    };
  }
  return {
    code: 'TRAINER_CRASHED',
    message: `The training process ended unexpectedly (${how}). The project is whole; go on from the last checkpoint.`,
    params: { how },
  };
}
