import type { ExecutorId, Remedy, Unavailability } from '../../../shared/contract/executor.ts';
import type { ExecutorReason } from '../../../shared/domain/executor-reasons.ts';
import type { Findings } from './tuning/findings.ts';
import type { Executor } from './types.ts';

/** What an executor needs to know before it is looked for. */
export interface ExecutorConditions {
  /** Folders in which native libraries may lie beside the program's own packages, the first one that has them counts. */
  readonly libraries: readonly string[];
  /** Threads that this process may compute with: some libraries settle that once, when they are loaded. */
  readonly threads: number;
  /** What is known of the fastest ways to compute on this machine, and is to be found out; absent: by what usually is. */
  readonly findings?: Findings;
}

/** Whether an executor can be used here; the codes are put into words. */
export type Detection =
  | {
      readonly available: true;
      /** Version of the runtime (and of the library behind it) that would be used. */
      readonly version: string;
      /** The device it would run on, by its own name; absent for the processor. */
      readonly device?: string;
    }
  | {
      readonly available: false;
      readonly code: Unavailability;
      readonly reason: ExecutorReason;
      readonly remedy: Remedy;
    };

/** What is found of an executor that cannot be used here. */
export type Missing = Extract<Detection, { available: false }>;

/** An executor that cannot be used here. */
export function missing(code: Unavailability, reason: ExecutorReason, remedy: Remedy): Missing {
  return { available: false, code, reason, remedy };
}

/** Folders as a reason lists them. */
export const listed = (folders: readonly string[]): string => folders.join(', ') || '—';

/**
 * One way to run a network, before anything of it is loaded. Neither function may rely on the other having been
 * called; a library that can take down its process is met in a process of its own (the probe), never in the engine.
 */
export interface ExecutorDescription {
  readonly id: ExecutorId;
  /** Its proper name, the same in every language. */
  readonly title: string;
  /** Whether it can only be tried in a process in which no other executor has been; absent for never. */
  readonly isApart?: (conditions: ExecutorConditions) => Promise<boolean>;
  /** Looks whether it can be used, without running a network; never rejects for what is merely missing. */
  readonly detect: (conditions: ExecutorConditions) => Promise<Detection>;
  /** Loads it; throws StudioError EXECUTOR_UNAVAILABLE, naming what is missing, where it cannot be. */
  readonly load: (conditions: ExecutorConditions) => Promise<Executor>;
}
