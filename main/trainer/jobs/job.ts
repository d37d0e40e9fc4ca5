import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type { Clock } from '../../lib/clock.ts';
import type { JobControl } from './control.ts';
import type { Reporter } from './reporter.ts';

/** What every job is given: how it reports, how it is stopped, and what time it is. */
export interface JobContext {
  readonly control: JobControl;
  readonly reporter: Reporter;
  readonly clock: Clock;
}

/** How a job is begun: afresh or from its checkpoint, and what is to be different this time. */
export interface JobOptions {
  readonly resume: boolean;
  /** So many processes before were ended for want of memory: fewer images at a time than the last one had. */
  readonly smaller: number;
  /** Another executor than the manifest names; null: as it says. */
  readonly executor: ExecutorId | null;
}

/** A job's work; what it returns is kept with the run (executor and versions really used, sizes, checks). */
export type Job<Manifest> = (
  manifest: Manifest,
  context: JobContext,
  options: JobOptions,
) => Promise<Readonly<Record<string, unknown>>>;
