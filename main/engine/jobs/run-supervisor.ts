import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type {
  EpochMetrics,
  TrainerEvent,
  TrainerProgress,
  TrainManifest,
} from '../../../shared/contract/trainer.ts';
import type { RunSnapshot, RunSummary } from '../../../shared/contract/training.ts';
import type { ImageId, RunId } from '../../../shared/domain/ids.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { addLogLine, listEpochs, listLog, putEpoch, type RunLogLine } from '../stores/metrics.ts';
import { putPredictions } from '../stores/predictions.ts';
import {
  type RunChange,
  type RunHeadline,
  requireRun,
  type StoredRun,
  toSummary,
  unfinishedRuns,
  updateRun,
} from '../stores/runs.ts';
import { nextAttempt } from './attempts.ts';
import { Latest } from './latest.ts';
import { afterAction, afterOutcome, type RunAction } from './run-states.ts';
import {
  crashError,
  type JobError,
  startTrainer,
  type TrainerOutcome,
  type TrainerSession,
  type TrainerStart,
  toJobError,
} from './trainer-session.ts';

/** Newest lines of a run's log that are sent with its state. */
const LOG_LINES = 200;
/** A disk that was full is tried again after this long. */
const STORE_AGAIN_MS = 2000;

/** How a run is begun: afresh or from its checkpoint, with the executor of its manifest or another one. */
export type RunStart = { readonly resume: boolean; readonly executor?: ExecutorId | undefined };

type LiveRun = {
  readonly id: RunId;
  readonly start: RunStart;
  readonly state: Latest<RunSnapshot>;
  session: TrainerSession | null;
  stop: 'cancel' | 'close' | null;
  /** Resolves when the run has ended and its end is stored. */
  readonly ended: Promise<void>;
  readonly end: () => void;
  workedMs: number;
  workingSince: number | null;
};

/** What the supervisor needs of the engine and of the modules that know what a run is about. */
export type SupervisorParts = Pick<EngineContext, 'launcher' | 'clock' | 'publish' | 'log'> & {
  readonly project: OpenProject;
  /** The manifest to start from (paths as they are now) and the file it is in. */
  readonly manifestOf: (
    run: StoredRun,
  ) => Promise<{ readonly path: string; readonly manifest: TrainManifest }>;
  /** The numbers for lists, from the stored predictions of a finished run. */
  readonly headlineOf: (run: RunId) => RunHeadline | null;
};

/**
 * The runs of one open project: one trainer at a time, further ones wait. Every change of state is stored before
 * it is shown, so that what a restart finds is what was seen.
 */
export class RunSupervisor {
  readonly #parts: SupervisorParts;
  readonly #live = new Map<RunId, LiveRun>();
  readonly #queue: RunId[] = [];
  #active: RunId | null = null;
  #closed = false;
  /** Runs left over by an engine that ended without closing are interrupted now; await it before reading runs. */
  readonly ready: Promise<void>;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.ready = this.#recover();
    parts.project.onClose(() => this.#close());
  }

  /** Whether a trainer is at work or about to be. */
  get isActive(): boolean {
    return this.#live.size > 0;
  }

  /** Queues a stored run in state `waiting`. */
  enqueue(id: RunId, start: RunStart): RunSummary {
    const run = this.#stored(id);
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const state = new Latest(this.#snapshot(run, 0));
    this.#live.set(id, {
      id,
      start,
      state,
      session: null,
      stop: null,
      ended,
      end,
      workedMs: 0,
      workingSince: null,
    });
    this.#queue.push(id);
    this.#pump();
    return toSummary(run);
  }

  /** Pauses, continues or cancels; a cancelled run has ended when this resolves. */
  async control(id: RunId, action: RunAction): Promise<RunSummary> {
    const stored = this.#stored(id);
    const live = this.#live.get(id);
    const next = afterAction(stored.state, action);
    if (!live || next === stored.state) return toSummary(stored);
    if (action === 'cancel') {
      live.stop = 'cancel';
      if (stored.state === 'waiting' && this.#active !== id)
        await this.#conclude(live, { kind: 'cancelled' });
      else live.session?.cancel();
      await live.ended;
    } else {
      this.#countTime(live, action === 'resume');
      await this.#store(live, { state: next });
      if (action === 'pause') live.session?.pause();
      else live.session?.resume();
    }
    return toSummary(this.#stored(id));
  }

  /** The run's state so far and each newer one until it ends. */
  watch(id: RunId, signal?: AbortSignal): AsyncGenerator<RunSnapshot, void, undefined> {
    const live = this.#live.get(id);
    if (live) return live.state.watch(signal);
    const last = new Latest(this.#snapshot(this.#stored(id), 0));
    last.finish();
    return last.watch(signal);
  }

  /** How far a run at work is; `null` before its first word and for all others. */
  progress(id: RunId): TrainerProgress | null {
    return this.#live.get(id)?.state.value.progress ?? null;
  }

  async #recover(): Promise<void> {
    const { project, clock } = this.#parts;
    const left = unfinishedRuns(project.db);
    if (left.length === 0) return;
    await project.write((db) => {
      for (const run of left) {
        const resumable = existsSync(join(project.folder, run.manifestPath));
        updateRun(db, run.id, { state: 'interrupted', resumable, finishedAt: clock.now() });
      }
    });
    this.#parts.publish('runs');
  }

  async #close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#queue.splice(0)) {
      const live = this.#live.get(id);
      if (live) await this.#conclude(live, { kind: 'cancelled' });
    }
    for (const live of this.#live.values()) {
      live.stop ??= 'close';
      live.session?.cancel();
      await live.ended;
    }
  }

  #pump(): void {
    if (this.#active !== null || this.#closed) return;
    const id = this.#queue.shift();
    const live = id === undefined ? undefined : this.#live.get(id);
    if (!live) return;
    this.#active = live.id;
    void this.#run(live);
  }

  async #run(live: LiveRun): Promise<void> {
    const { launcher, clock, log } = this.#parts;
    let outcome: TrainerOutcome;
    try {
      const { path, manifest } = await this.#parts.manifestOf(this.#stored(live.id));
      await this.#store(live, { state: 'running', error: null, startedAt: clock.now(), finishedAt: null });
      this.#countTime(live, true);
      const truth = new Map<ImageId, readonly number[]>(
        manifest.images.map((each) => [each.id, each.labels]),
      );
      const names = new Map(manifest.images.map((each) => [String(each.id), each.path]));
      const attempt = async (start: TrainerStart): Promise<TrainerOutcome> => {
        const session = await startTrainer(launcher, `run-${live.id}`, start, (event) =>
          this.#take(live, event, truth, names),
        );
        live.session = session;
        // What was asked for while the process was starting had nobody to hear it.
        if (live.stop) session.cancel();
        else if (this.#stored(live.id).state === 'paused') session.pause();
        return session.finished;
      };
      let start: TrainerStart = { manifest: path, ...live.start };
      for (;;) {
        outcome = await attempt(start);
        const next = live.stop === null ? nextAttempt(outcome, start, manifest.runtime) : null;
        if (next === null) break;
        log.warn({ run: live.id, outcome }, 'a run goes on after its trainer failed');
        await this.#note(live, next.line);
        start = next.start;
      }
    } catch (error) {
      outcome = { kind: 'failed', error: toJobError(error) };
    }
    if (outcome.kind === 'crashed') log.warn({ run: live.id, exit: outcome.exit }, 'trainer crashed');
    await this.#conclude(live, outcome);
  }

  #take(
    live: LiveRun,
    event: TrainerEvent,
    truth: ReadonlyMap<ImageId, readonly number[]>,
    names: ReadonlyMap<string, string>,
  ): undefined | Promise<unknown> {
    const { project } = this.#parts;
    switch (event.type) {
      case 'progress':
        this.#show(live, { progress: event.progress });
        return undefined;
      case 'computing':
        this.#show(live, { computing: event.computing });
        return undefined;
      case 'epoch':
        this.#show(live, { epochs: withEpoch(live.state.value.epochs, event.metrics) });
        return project.write((db) => putEpoch(db, live.id, event.metrics));
      case 'predictions': {
        const rows = event.predictions.map(({ id, fold, probabilities }) => ({
          imageId: id,
          fold,
          probabilities,
        }));
        return project.write((db) => putPredictions(db, live.id, rows, (image) => truth.get(image) ?? []));
      }
      case 'log':
        return this.#note(live, event);
      case 'imageFailed': {
        const file = names.get(event.key) ?? event.key;
        const params = { ...event.params, code: event.code };
        return this.#note(live, {
          level: 'warning',
          code: 'imageFailed',
          message: `${file}: ${event.message}`,
          params,
        });
      }
      default:
        return undefined;
    }
  }

  #note(live: LiveRun, { level, code, message, params }: Omit<RunLogLine, 'at'>): Promise<void> {
    const line = { at: this.#parts.clock.now(), level, code, message, params };
    this.#show(live, { log: [...live.state.value.log, line].slice(-LOG_LINES) });
    return this.#parts.project.write((db) => addLogLine(db, live.id, line));
  }

  async #conclude(live: LiveRun, outcome: TrainerOutcome): Promise<void> {
    const { project, clock } = this.#parts;
    // First of all: while its end is being stored another run may end, and the next in the queue begins.
    const waiting = this.#queue.indexOf(live.id);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    const stop = this.#closed ? (live.stop ?? 'close') : live.stop;
    const { state, resumable } = afterOutcome(outcome, stop);
    this.#countTime(live, false);
    const ends = { state, resumable, finishedAt: clock.now(), addSeconds: live.workedMs / 1000 };
    await this.#storeEnd(live, { ...ends, ...this.#findings(live.id, outcome, stop) });
    this.#live.delete(live.id);
    if (this.#active === live.id) this.#active = null;
    live.state.finish();
    live.end();
    if (!project.closing.aborted) this.#pump();
  }

  #findings(id: RunId, outcome: TrainerOutcome, stop: LiveRun['stop']): RunChange {
    if (outcome.kind === 'done') {
      const headline = this.#headlineOf(id);
      const folder = join(this.#parts.project.modelsFolder, id);
      return {
        record: outcome.record,
        hasModel: existsSync(join(folder, 'model.json')),
        error: null,
        ...(headline && { headline }),
      };
    }
    let error: JobError | null = null;
    if (outcome.kind === 'failed' && stop === null) error = outcome.error;
    if (outcome.kind === 'crashed' && stop === null) error = crashError(outcome);
    return { error };
  }

  /** A run whose numbers cannot be told has ended all the same. */
  #headlineOf(id: RunId): RunHeadline | null {
    try {
      return this.#parts.headlineOf(id);
    } catch (error) {
      this.#parts.log.error({ run: id, err: error }, 'the results of a run could not be measured');
      return null;
    }
  }

  async #store(live: LiveRun, change: RunChange): Promise<void> {
    await this.#parts.project.write((db) => updateRun(db, live.id, change));
    this.#show(live, { run: toSummary(this.#stored(live.id)) });
    this.#parts.publish('runs');
  }

  /**
   * The end of a run is shown even where it cannot be stored, as on a disk that is full: that is what ended it. It
   * is tried again until it is stored; after a closing the next opening finds the run interrupted.
   */
  async #storeEnd(live: LiveRun, change: RunChange): Promise<void> {
    const { project, log, publish } = this.#parts;
    try {
      return await this.#store(live, change);
    } catch (error) {
      log.error({ run: live.id, error: String(error) }, 'the end of a run could not be stored');
    }
    const { state, resumable, error = null } = change;
    const shown = toSummary({
      ...this.#stored(live.id),
      ...(state && { state }),
      resumable: resumable ?? false,
      error,
    });
    this.#show(live, { run: shown });
    const again = async (): Promise<void> => {
      for (;;) {
        await delay(STORE_AGAIN_MS, undefined, { signal: project.closing, ref: false });
        const isStored = await project
          .write((db) => updateRun(db, live.id, change))
          .then(
            () => true,
            () => false,
          );
        if (isStored) return publish('runs');
      }
    };
    // Only a closing project ends the wait.
    again().catch(() => undefined);
  }

  #show(live: LiveRun, change: Partial<RunSnapshot>): void {
    const { value } = live.state;
    live.state.set({ ...value, ...change, sequence: value.sequence + 1 });
  }

  #countTime(live: LiveRun, working: boolean): void {
    const now = this.#parts.clock.now();
    if (live.workingSince !== null) live.workedMs += now - live.workingSince;
    live.workingSince = working ? now : null;
  }

  #snapshot(run: StoredRun, sequence: number): RunSnapshot {
    const { db } = this.#parts.project;
    return {
      sequence,
      run: toSummary(run),
      progress: null,
      computing: null,
      epochs: listEpochs(db, run.id),
      log: listLog(db, run.id, LOG_LINES),
    };
  }

  #stored(id: RunId): StoredRun {
    return requireRun(this.#parts.project.db, id);
  }
}

/** Epochs with one more, which replaces an earlier report of the same epoch (after a resume). */
function withEpoch(epochs: readonly EpochMetrics[], added: EpochMetrics): EpochMetrics[] {
  const same = (each: EpochMetrics) =>
    each.fold === added.fold && each.phase === added.phase && each.epoch === added.epoch;
  return [...epochs.filter((each) => !same(each)), added];
}
