import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainerEvent, TrainerManifest } from '../../../shared/contract/trainer.ts';
import type { JobNote } from '../../../shared/contract/training.ts';
import { type ErrorCode, errorCodes, StudioError } from '../../../shared/domain/errors.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import type { Launcher } from '../../lib/launcher.ts';
import { withFewer } from './attempts.ts';
import { Latest } from './latest.ts';
import {
  crashError,
  type JobError,
  startTrainer,
  type TrainerOutcome,
  type TrainerSession,
  type TrainerStart,
} from './trainer-session.ts';

/** How far a short job (prediction, export, inspection) is. */
export type JobStep = {
  readonly sequence: number;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
  /** What was said besides. */
  readonly notes: JobNote[];
};

/** A short job of a trainer: what it is to do, and who wants to hear of it. */
export type ShortJob = {
  readonly id: string;
  /** Where its manifest lies while it runs; removed afterwards. */
  readonly folder: string;
  readonly manifest: TrainerManifest;
  readonly onEvent: (event: TrainerEvent) => undefined | Promise<unknown>;
  /**
   * What is left to do after a process that lacked memory, and how many images that one did: another does it with fewer at a
   * time. Absent where a job has no images of which there could be fewer.
   */
  readonly left?: () => { readonly manifest: TrainerManifest; readonly done: number };
  readonly signal?: AbortSignal | undefined;
};

const newProcess: JobNote = {
  level: 'warning',
  code: 'NEW_PROCESS',
  message:
    'Memory ended. A new process does what is left with fewer images at a time. The results are the same; it takes longer.',
  params: {},
};

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
  await mkdir(job.folder, { recursive: true });
  try {
    const state = new Latest<JobStep>({
      sequence: 0,
      stage: 'preparing',
      done: 0,
      total: 0,
      secondsLeft: null,
      notes: [],
    });
    const { finished, stop } = begin(launcher, job, state);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const end = () => state.finish();
    finished.then(end, end);
    try {
      yield* state.watch();
      throwUnlessDone(await finished, signal?.aborted ?? false);
    } finally {
      // Whoever stopped listening (a closed page) does not want the job either.
      stop();
      await finished.catch(() => undefined);
      signal?.removeEventListener('abort', stop);
    }
  } finally {
    await rm(job.folder, { recursive: true, force: true });
  }
}

/** Starts a job's process, and another one each time that memory ended where there can be fewer images at a time. */
function begin(
  launcher: Launcher,
  { id, folder, manifest, onEvent, left }: ShortJob,
  state: Latest<JobStep>,
): { readonly finished: Promise<TrainerOutcome>; readonly stop: () => void } {
  const file = join(folder, 'manifest.json');
  let session: TrainerSession | null = null;
  let isStopped = false;
  const show = (change: Partial<JobStep>) =>
    state.set({ ...state.value, ...change, sequence: state.value.sequence + 1 });
  const note = ({ level, code, message, params }: JobNote) =>
    show({ notes: [...state.value.notes, { level, code, message, params }] });
  const attempt = async (start: TrainerStart, content: TrainerManifest, before: number) => {
    await writeWhole(file, JSON.stringify(content));
    session = await startTrainer(launcher, id, start, (event) => {
      if (event.type === 'progress') {
        const { stage, done, total, secondsLeft } = event.progress;
        show({ stage, done: before + done, total: before + total, secondsLeft });
      } else if (event.type === 'log') note(event);
      return onEvent(event);
    });
    // What was asked for while the process was starting had nobody to hear it.
    if (isStopped) session.cancel();
    return session.finished;
  };
  const work = async () => {
    let last: TrainerStart = { manifest: file, resume: false };
    let outcome = await attempt(last, manifest, 0);
    for (;;) {
      const next = isStopped ? null : withFewer(outcome, last);
      if (!next || !left) return outcome;
      note(newProcess);
      const rest = left();
      last = next;
      outcome = await attempt(last, rest.manifest, rest.done);
    }
  };
  const stop = () => {
    isStopped = true;
    session?.cancel();
  };
  return { finished: work(), stop };
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
  throw toStudioError(outcome.kind === 'failed' ? outcome.error : crashError(outcome));
}

/** A stored or reported failure as an error again; an unknown code becomes INTERNAL. */
export function toStudioError(error: JobError): StudioError {
  const known = errorCodes.find((code): code is ErrorCode => code === error.code);
  return new StudioError(known ?? 'INTERNAL', error.message, error.params);
}
