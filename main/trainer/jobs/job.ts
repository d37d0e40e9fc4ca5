import type { Clock } from '../../lib/clock.ts';
import type { JobControl } from './control.ts';
import type { Reporter } from './reporter.ts';

/** What every job is given: how it reports, how it is stopped, and what time it is. */
export interface JobContext {
  readonly control: JobControl;
  readonly reporter: Reporter;
  readonly clock: Clock;
}

/** A job's work; what it returns is kept with the run (executor and versions really used, sizes, checks). */
export type Job<Manifest> = (
  manifest: Manifest,
  context: JobContext,
  options: { readonly resume: boolean },
) => Promise<Readonly<Record<string, unknown>>>;
