import { StudioError } from '../../../shared/domain/errors.ts';

/** Thrown where a cancelled job stops; whoever starts jobs answers it with `cancelled`, never with `failed`. */
export class JobCancelled extends StudioError {
  constructor() {
    super('CANCELLED', 'The job was cancelled.');
    this.name = 'JobCancelled';
  }
}

/** Lets a job be paused and cancelled between its steps; every step between two `breathe` calls is short. */
export interface JobControl {
  readonly paused: boolean;
  readonly cancelled: boolean;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly cancel: () => void;
  /** Lets messages in, waits while paused, throws JobCancelled once cancelled; `beforeWaiting` runs when a pause begins. */
  readonly breathe: (beforeWaiting?: () => Promise<void>) => Promise<void>;
}

/** A fresh, running control. */
export function createControl(): JobControl {
  let paused = false;
  let cancelled = false;
  let wake: (() => void) | null = null;
  const wakeUp = () => {
    wake?.();
    wake = null;
  };
  return {
    get paused() {
      return paused;
    },
    get cancelled() {
      return cancelled;
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      wakeUp();
    },
    cancel: () => {
      cancelled = true;
      wakeUp();
    },
    breathe: async (beforeWaiting) => {
      // Native runs block this thread: without a turn of the loop no command would ever be read.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (paused && !cancelled) await beforeWaiting?.();
      while (paused && !cancelled) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (cancelled) throw new JobCancelled();
    },
  };
}
