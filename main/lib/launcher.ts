import { type TrainerCommand, type TrainerEvent, trainerEvent } from '../../shared/contract/trainer.ts';

/** A running trainer process, whoever started it. */
export interface TrainerHandle {
  readonly id: string;
  readonly pid: number | null;
  readonly send: (command: TrainerCommand) => void;
  /** Called with each parsed event, in order. */
  readonly onEvent: (listener: (event: TrainerEvent) => void) => void;
  /** Called once; a crash is an exit without `done`, `failed` or `cancelled` before it. */
  readonly onExit: (listener: (exit: TrainerExit) => void) => void;
  readonly kill: () => void;
}
export interface TrainerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * Starts trainer processes for the engine: the shell's supervisor does it in the studio (only it can make a
 * utility process), a plain child process does it headless.
 */
export interface Launcher {
  readonly launch: (id: string) => Promise<TrainerHandle>;
}

/** A trainer's handle, and what its line tells of it. */
export interface FollowedTrainer {
  readonly handle: TrainerHandle;
  readonly heard: (message: unknown) => void;
  readonly ended: (exit: TrainerExit) => void;
}

/** The handle of a trainer that is reached by `line`: what it says before anybody listens is kept for the first who does. */
export function followTrainer(line: Omit<TrainerHandle, 'onEvent' | 'onExit'>): FollowedTrainer {
  const early: TrainerEvent[] = [];
  const listeners: ((event: TrainerEvent) => void)[] = [];
  const exitListeners: ((exit: TrainerExit) => void)[] = [];
  let ended: TrainerExit | null = null;
  return {
    handle: {
      ...line,
      onEvent: (listener) => {
        listeners.push(listener);
        for (const event of early.splice(0)) listener(event);
      },
      onExit: (listener) => {
        if (ended) listener(ended);
        else exitListeners.push(listener);
      },
    },
    heard: (message) => {
      const event = trainerEvent.safeParse(message);
      // One that says what nobody understands is broken: its end is handled like any crash.
      if (!event.success) return line.kill();
      if (listeners.length === 0) early.push(event.data);
      for (const listener of listeners) listener(event.data);
    },
    ended: (exit) => {
      ended = exit;
      for (const listener of exitListeners) listener(exit);
    },
  };
}
