import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { JobContext } from '../jobs/job.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunSetup } from './run-setup.ts';

/** What computes a run, as its record and every checkpoint tell it: used, as measured, and why not the others. */
export function computingOf({ computing, manifest }: RunSetup): Readonly<Record<string, unknown>> {
  const { decision } = manifest.runtime;
  return {
    ...computing.used,
    why: decision?.why ?? 'only',
    measured: decision?.used ?? [],
    notUsed: decision?.notUsed ?? [],
  };
}

/** A runtime in which one executor does everything. */
export function only(id: ExecutorId): Pick<TrainManifest['runtime'], 'executor' | 'decision'> {
  return { executor: id, decision: undefined };
}

/** Says in the run's log where a run goes on with another executor, or another version of it, than it began with. */
export function tellOtherExecutor(
  { computing }: RunSetup,
  checkpoint: Checkpoint | null,
  { reporter }: JobContext,
): void {
  const before = checkpoint?.computing.training as
    | { readonly title?: string; readonly version?: string }
    | undefined;
  if (before?.version === undefined) return;
  const { title, version } = computing.used.training;
  const [was, is] = [`${before.title} ${before.version}`, `${title} ${version}`];
  if (was === is) return;
  reporter.send({
    type: 'log',
    level: 'warning',
    code: 'TRAIN_OTHER_EXECUTOR',
    message: `This training began with ${was} and goes on with ${is}: its weights will differ in the last digits from those of an uninterrupted one.`,
    params: { before: was, after: is },
  });
}
