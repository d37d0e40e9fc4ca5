import {
  type ExecutorId,
  fullNameOf,
  type RunComputing,
  usedExecutor,
} from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { ExecutorSet } from '../executors/roles.ts';
import type { JobContext } from '../jobs/job.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Executors that were loaded for a run. */
interface Loaded {
  readonly computing: ExecutorSet;
  readonly manifest: TrainManifest;
}

/** What computes a run, as its record and every checkpoint tell it: used, as measured, and why not the others. */
export function computingOf({ computing, manifest }: Loaded): RunComputing {
  const { decision } = manifest.runtime;
  return {
    ...computing.used,
    why: decision?.why ?? 'only',
    measured: [...(decision?.used ?? [])],
    notUsed: [...(decision?.notUsed ?? [])],
  };
}

/** A runtime in which one executor does everything in the place of those that were decided on. */
export function replacedBy(
  id: ExecutorId,
  { decision }: TrainManifest['runtime'],
): Pick<TrainManifest['runtime'], 'executor' | 'decision'> {
  const measured = decision ? [...decision.used, ...decision.notUsed] : [];
  return {
    executor: id,
    decision: {
      roles: { forward: id, training: id },
      why: 'replaced',
      used: measured.filter((each) => each.id === id),
      notUsed: measured.filter((each) => each.id !== id),
    },
  };
}

/** Says in the run's log where a run goes on with another executor, or another version of it, than it began with. */
export function tellOtherExecutor(
  { computing }: Loaded,
  checkpoint: Checkpoint | null,
  { reporter }: JobContext,
): void {
  const before = usedExecutor.safeParse(checkpoint?.computing.training);
  if (!before.success) return;
  const [was, is] = [fullNameOf(before.data), fullNameOf(computing.used.training)];
  if (was === is) return;
  reporter.send({
    type: 'log',
    level: 'warning',
    code: 'TRAIN_OTHER_EXECUTOR',
    message: `This training began with ${was} and goes on with ${is}: its weights will differ in the last digits from those of an uninterrupted one.`,
    params: { before: was, after: is },
  });
}
