import { constants, setPriority } from 'node:os';
import { type ExecutorReport, unknownExecutor } from '../../../shared/contract/executor.ts';
import type { ProbeManifest } from '../../../shared/contract/trainer.ts';
import { type ExecutorReason, executorReason } from '../../../shared/domain/executor-reasons.ts';
import { executors } from '../executors/catalogue.ts';
import { type ExecutorDescription, missing } from '../executors/description.ts';
import { isDeviceLost, isOutOfMemory } from '../executors/failures.ts';
import { NetworkError } from '../graph/errors.ts';
import { openBackbone } from '../loop/model-files.ts';
import type { Backbone } from '../networks/backbone.ts';
import { AGREEMENT, disagreement } from '../probe/agreement.ts';
import { measureSpeed } from '../probe/speed.ts';
import { JobCancelled } from './control.ts';
import type { Job, JobContext } from './job.ts';

/** What timing one executor may take, in milliseconds. */
const SPEED_BUDGET_MS = 4000;
/** Share of the highest rate from which on an executor is measured again. */
const CLOSE = 0.6;

/**
 * Tries each executor of the manifest and reports on it as soon as it is known. Loading a foreign library may take
 * this process down: `probing` is sent before, so that whoever listens knows which one it was.
 */
export const runProbeJob: Job<ProbeManifest> = async (manifest, context) => {
  lowerPriority();
  const backbone = await openBackbone(manifest.files.backbones, manifest.backbone);
  const wanted = executors.filter((each) => manifest.executors.includes(each.id));
  const reports: ExecutorReport[] = [];
  const announce = async ({ id, title }: ExecutorDescription) => {
    await context.control.breathe();
    context.reporter.progress({ stage: 'measuring', done: reports.length, total: wanted.length });
    context.reporter.send({ type: 'probing', executor: id, title });
  };
  const conditions = { libraries: manifest.files.libraries, threads: manifest.runtime.threads };
  for (const description of wanted) {
    if (wanted.length > 1 && (await description.isApart?.(conditions))) {
      context.reporter.send({ type: 'apart', executor: description.id });
      continue;
    }
    await announce(description);
    const report = await tryExecutor(description, manifest, backbone, context);
    reports.push(report);
    context.reporter.send({ type: 'probed', report });
  }
  for (const report of contenders(reports)) {
    const description = wanted.find(({ id }) => id === report.id)!;
    await announce(description);
    const again = await tryExecutor(description, manifest, backbone, context);
    context.reporter.send({ type: 'probed', report: faster(report, again) });
  }
  return { executors: reports.map((each) => each.id) };
};

/**
 * Executors of which another may really be the fastest. They are measured once more, after all others have been: a
 * machine that was busy for a moment is slower by as much.
 */
export function contenders(reports: readonly ExecutorReport[]): readonly ExecutorReport[] {
  const usable = reports.filter((each) => each.usable);
  const isClose = (rateOf: (report: ExecutorReport) => number | null) => {
    const best = Math.max(...usable.map((each) => rateOf(each) ?? 0));
    return (report: ExecutorReport) => (rateOf(report) ?? 0) >= CLOSE * best;
  };
  const [trains, predicts] = [isClose((each) => each.trainingRate), isClose((each) => each.forwardRate)];
  const close = usable.filter((each) => trains(each) || predicts(each));
  return close.length > 1 ? close : [];
}

/** Of two measurements the higher rates: only what else ran can have made one slower. A failure counts more than any. */
export function faster(first: ExecutorReport, again: ExecutorReport): ExecutorReport {
  if (!again.usable) return again;
  const higher = (one: number | null, other: number | null) => Math.max(one ?? 0, other ?? 0);
  return {
    ...again,
    forwardRate: higher(first.forwardRate, again.forwardRate),
    trainingRate: higher(first.trainingRate, again.trainingRate),
  };
}

/** Below everything else: nobody waits for a measurement, and it must not be felt. */
function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Forbidden on this system: it runs as the trainer does, below normal.
  }
}

async function tryExecutor(
  description: ExecutorDescription,
  { files, runtime }: ProbeManifest,
  backbone: Backbone,
  { control, reporter }: JobContext,
): Promise<ExecutorReport> {
  // Each sign of life says that a slow machine is at work, not a stuck library.
  const breathe = async () => {
    reporter.progress({ stage: 'measuring' });
    await control.breathe();
  };
  const conditions = { libraries: files.libraries, threads: runtime.threads };
  const found = await description
    .detect(conditions)
    .catch((error: unknown) => missing('notLoadable', reasonOf(error), 'none'));
  if (!found.available) return unusable(description, found);
  const { version, device = null } = found;
  const known = { ...unknownExecutor(description), version, device };
  let difference: number;
  let loaded = false;
  try {
    const executor = await description.load(conditions);
    loaded = true;
    await breathe();
    difference = await disagreement(executor, runtime.threads);
    // Written so that not-a-number is no agreement.
    if (!(difference < AGREEMENT)) {
      const reason = Number.isFinite(difference)
        ? executorReason('wrongGradients', { difference, allowed: AGREEMENT })
        : executorReason('noNumbers');
      return { ...known, difference: finiteOrNull(difference), code: 'wrongNumbers', reason };
    }
    const limits = { budget: SPEED_BUDGET_MS, breathe };
    const speed = await measureSpeed(executor, backbone, runtime.threads, limits);
    const { forward, training, scaled } = speed;
    return { ...known, usable: true, difference, forwardRate: forward, trainingRate: training, scaled };
  } catch (error) {
    if (error instanceof JobCancelled) throw error;
    const code = loaded || error instanceof NetworkError ? 'unsupported' : 'notLoadable';
    return { ...known, code, reason: reasonOf(error) };
  }
}

function unusable(
  description: ExecutorDescription,
  why: Pick<ExecutorReport, 'code' | 'reason' | 'remedy'>,
): ExecutorReport {
  const { code, reason, remedy } = why;
  return { ...unknownExecutor(description), code, reason, remedy };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** What an executor failed of, with its own words. */
function reasonOf(error: unknown): ExecutorReason {
  const said = error instanceof Error ? error.message : String(error);
  if (isOutOfMemory(error)) return executorReason('outOfMemory', {}, said);
  if (isDeviceLost(error)) return executorReason('deviceLost', {}, said);
  const operator = error instanceof NetworkError ? error.operator : undefined;
  if (operator !== undefined) return executorReason('operatorFailed', { operator }, said);
  return executorReason('failed', {}, said);
}
