import { z } from 'zod';
import { estimate } from '../../../shared/contract/common.ts';
import type { Evaluation, Recipe } from '../../../shared/contract/recipe.ts';
import { evaluation, recipe } from '../../../shared/contract/recipe.ts';
import type { ParityCertificate } from '../../../shared/contract/trainer.ts';
import type { RunState, RunSummary } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, SqlValue, WritableDb } from '../db/types.ts';
import type { JobError } from '../jobs/trainer-session.ts';

const headline = z.object({ accuracy: estimate, balancedAccuracy: estimate });
/** The two numbers that lists show of a finished run. */
export type RunHeadline = z.infer<typeof headline>;

/** A run as it is stored. */
export type StoredRun = {
  readonly id: RunId;
  readonly name: string;
  readonly state: RunState;
  readonly snapshotId: number;
  readonly splitId: number;
  /** Relative to the project's folder. */
  readonly manifestPath: string;
  readonly recipe: Recipe;
  readonly evaluation: Evaluation;
  readonly images: number;
  readonly classes: number;
  readonly record: Readonly<Record<string, unknown>>;
  readonly headline: RunHeadline | null;
  readonly error: JobError | null;
  readonly resumable: boolean;
  readonly hasModel: boolean;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Time really spent, pauses and interruptions left out. */
  readonly seconds: number;
};

type RunRow = {
  id: RunId;
  name: string;
  state: RunState;
  snapshot_id: number;
  split_id: number;
  manifest_path: string;
  recipe: string;
  evaluation: string;
  images: number;
  classes: number;
  record: string | null;
  summary: string | null;
  error: string | null;
  resumable: number;
  has_model: number;
  created_at: number;
  finished_at: number | null;
  seconds: number;
};

function fromRow(row: RunRow): StoredRun {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    snapshotId: row.snapshot_id,
    splitId: row.split_id,
    manifestPath: row.manifest_path,
    recipe: recipe.parse(JSON.parse(row.recipe)),
    evaluation: evaluation.parse(JSON.parse(row.evaluation)),
    images: row.images,
    classes: row.classes,
    record: row.record === null ? {} : (JSON.parse(row.record) as Record<string, unknown>),
    headline: row.summary === null ? null : headline.parse(JSON.parse(row.summary)),
    error: row.error === null ? null : (JSON.parse(row.error) as JobError),
    resumable: row.resumable === 1,
    hasModel: row.has_model === 1,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    seconds: row.seconds,
  };
}

/** Stores a new run, waiting for its turn. */
export function insertRun(
  db: WritableDb,
  run: Pick<
    StoredRun,
    | 'id'
    | 'name'
    | 'snapshotId'
    | 'splitId'
    | 'manifestPath'
    | 'recipe'
    | 'evaluation'
    | 'images'
    | 'classes'
    | 'createdAt'
  >,
): void {
  db.run(
    `INSERT INTO runs (id, name, state, snapshot_id, split_id, manifest_path, recipe, evaluation, images,
       classes, created_at) VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      run.id,
      run.name,
      run.snapshotId,
      run.splitId,
      run.manifestPath,
      JSON.stringify(run.recipe),
      JSON.stringify(run.evaluation),
      run.images,
      run.classes,
      run.createdAt,
    ],
  );
}

/** One run; StudioError NOT_FOUND when it is unknown or was removed. */
export function requireRun(db: ReadableDb, id: RunId): StoredRun {
  const row = db.get<RunRow>('SELECT * FROM runs WHERE id = ? AND removed_at IS NULL', [id]);
  if (row) return fromRow(row);
  throw new StudioError('NOT_FOUND', `There is no run ${id} in this project.`, { run: id });
}

/** All runs, newest first. */
export function listRuns(db: ReadableDb): StoredRun[] {
  return db
    .all<RunRow>('SELECT * FROM runs WHERE removed_at IS NULL ORDER BY created_at DESC, id DESC')
    .map(fromRow);
}

/** What may change in a run after it was stored; `addSeconds` is added to the time already spent. */
export type RunChange = {
  readonly state?: RunState;
  readonly name?: string;
  readonly record?: Readonly<Record<string, unknown>>;
  readonly headline?: RunHeadline;
  readonly error?: JobError | null;
  readonly resumable?: boolean;
  readonly hasModel?: boolean;
  readonly startedAt?: number;
  readonly finishedAt?: number | null;
  readonly addSeconds?: number;
  readonly removedAt?: number;
};

/** Changes the named columns of a run and no others. */
export function updateRun(db: WritableDb, id: RunId, change: RunChange): void {
  const columns: [string, SqlValue][] = [];
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  if (change.state !== undefined) columns.push(['state = ?', change.state]);
  if (change.name !== undefined) columns.push(['name = ?', change.name]);
  if (change.record !== undefined) columns.push(['record = ?', json(change.record)]);
  if (change.headline !== undefined) columns.push(['summary = ?', json(change.headline)]);
  if (change.error !== undefined) columns.push(['error = ?', json(change.error)]);
  if (change.resumable !== undefined) columns.push(['resumable = ?', Number(change.resumable)]);
  if (change.hasModel !== undefined) columns.push(['has_model = ?', Number(change.hasModel)]);
  if (change.startedAt !== undefined) columns.push(['started_at = ?', change.startedAt]);
  if (change.finishedAt !== undefined) columns.push(['finished_at = ?', change.finishedAt]);
  if (change.addSeconds !== undefined) columns.push(['seconds = seconds + ?', change.addSeconds]);
  if (change.removedAt !== undefined) columns.push(['removed_at = ?', change.removedAt]);
  if (columns.length === 0) return;
  const sets = columns.map(([set]) => set).join(', ');
  db.run(`UPDATE runs SET ${sets} WHERE id = ?`, [...columns.map(([, value]) => value), id]);
}

/** Whether a run is at work or waits for its turn. */
export function isUnfinished({ state }: Pick<StoredRun, 'state'>): boolean {
  return state === 'waiting' || state === 'running' || state === 'paused';
}

/** Runs that the database believes to be at work: after a crash of the engine, none of them is. */
export function unfinishedRuns(db: ReadableDb): StoredRun[] {
  return db
    .all<RunRow>(`SELECT * FROM runs WHERE state IN ('waiting', 'running', 'paused') ORDER BY created_at, id`)
    .map(fromRow);
}

/** Remembers a file written from a run for use elsewhere, with the proof that went with it. */
export function insertExport(
  db: WritableDb,
  written: {
    readonly run: RunId;
    readonly kind: 'onnx' | 'report' | 'predictions';
    readonly fileName: string;
    readonly sha256: string | null;
    readonly bytes: number;
    readonly certificate: ParityCertificate | null;
    readonly createdAt: number;
  },
): void {
  db.run(
    `INSERT INTO exports (run_id, kind, file_name, sha256, bytes, certificate, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      written.run,
      written.kind,
      written.fileName,
      written.sha256,
      written.bytes,
      written.certificate === null ? null : JSON.stringify(written.certificate),
      written.createdAt,
    ],
  );
}

/** The newest certificate of a run's exports, for its report; `null` when it was never exported. */
export function latestCertificate(db: ReadableDb, run: RunId): ParityCertificate | null {
  const row = db.get<{ certificate: string }>(
    `SELECT certificate FROM exports WHERE run_id = ? AND certificate IS NOT NULL ORDER BY id DESC LIMIT 1`,
    [run],
  );
  return row ? (JSON.parse(row.certificate) as ParityCertificate) : null;
}

/** A run as the page sees it. */
export function toSummary(run: StoredRun): RunSummary {
  return {
    id: run.id,
    name: run.name,
    state: run.state,
    strategy: run.recipe.strategy,
    backbone: run.recipe.backbone,
    createdAt: run.createdAt,
    finishedAt: run.finishedAt,
    seconds: run.seconds > 0 ? run.seconds : null,
    images: run.images,
    classes: run.classes,
    accuracy: run.headline?.accuracy ?? null,
    balancedAccuracy: run.headline?.balancedAccuracy ?? null,
    resumable: run.resumable,
    hasModel: run.hasModel,
    error: run.error,
  };
}
