import type { TrainerCommand, TrainerEvent } from '../../shared/contract/trainer.ts';

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
