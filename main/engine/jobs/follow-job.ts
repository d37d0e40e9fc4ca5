import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainerEvent, TrainerManifest, TrainerProgress } from '../../../shared/contract/trainer.ts';
import { type ErrorCode, errorCodes, StudioError } from '../../../shared/domain/errors.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import type { Launcher } from '../../lib/launcher.ts';
import { Latest } from './latest.ts';
import { crashError, type JobError, startTrainer, type TrainerOutcome } from './trainer-session.ts';

/** How far a short job (prediction, export, inspection) is. */
export type JobStep = {
  readonly sequence: number;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
};

/** A short job of a trainer: what it is to do, and who wants to hear of it. */
export type ShortJob = {
  readonly id: string;
  /** Where its manifest lies while it runs; removed afterwards. */
  readonly folder: string;
  readonly manifest: TrainerManifest;
  readonly onEvent: (event: TrainerEvent) => undefined | Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
};

const toStep = (progress: TrainerProgress, sequence: number): JobStep => ({
  sequence,
  stage: progress.stage,
  done: progress.done,
  total: progress.total,
  secondsLeft: progress.secondsLeft,
});

/**
 * Runs a short job to its end, giving its progress as state. Returns when the trainer said it is done; throws
 * StudioError: CANCELLED after the signal, TRAINER_CRASHED, or the failure that the trainer named.
 */
export async function* followJob(
  launcher: Launcher,
  job: ShortJob,
): AsyncGenerator<JobStep, void, undefined> {
  const { signal } = job;
  if (signal?.aborted) throw new StudioError('CANCELLED', 'The job was cancelled.');
  const manifest = join(job.folder, 'manifest.json');
  await mkdir(job.folder, { recursive: true });
  try {
    await writeWhole(manifest, JSON.stringify(job.manifest));
    const state = new Latest<JobStep>({
      sequence: 0,
      stage: 'preparing',
      done: 0,
      total: 0,
      secondsLeft: null,
    });
    const session = await startTrainer(launcher, job.id, { manifest, resume: false }, (event) => {
      if (event.type === 'progress') state.set(toStep(event.progress, state.value.sequence + 1));
      return job.onEvent(event);
    });
    const cancel = () => session.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    void session.finished.then(() => state.finish());
    try {
      yield* state.watch();
      throwUnlessDone(await session.finished, signal?.aborted ?? false);
    } finally {
      // Whoever stopped listening (a closed page) does not want the job either.
      session.cancel();
      await session.finished;
      signal?.removeEventListener('abort', cancel);
    }
  } finally {
    await rm(job.folder, { recursive: true, force: true });
  }
}

/** Runs a short job whose progress nobody watches. */
export async function finishJob(launcher: Launcher, job: ShortJob): Promise<void> {
  for await (const _ of followJob(launcher, job)) {
    // Only the end matters.
  }
}

function throwUnlessDone(outcome: TrainerOutcome, cancelled: boolean): void {
  if (outcome.kind === 'done') return;
  if (cancelled || outcome.kind === 'cancelled') throw new StudioError('CANCELLED', 'The job was cancelled.');
  throw toStudioError(outcome.kind === 'failed' ? outcome.error : crashError(outcome.exit));
}

/** A stored or reported failure as an error again; an unknown code becomes INTERNAL. */
export function toStudioError(error: JobError): StudioError {
  const known = errorCodes.find((code): code is ErrorCode => code === error.code);
  return new StudioError(known ?? 'INTERNAL', error.message, error.params);
}
