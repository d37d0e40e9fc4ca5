import type { EpochMetrics } from '../../../shared/contract/trainer.ts';
import type { RunSnapshot } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** One line of a run's log. */
export type RunLogLine = RunSnapshot['log'][number];

/** Stores an epoch; a resumed run that reports one again replaces its first report. */
export function putEpoch(db: WritableDb, run: RunId, epoch: EpochMetrics): void {
  db.run(
    `INSERT OR REPLACE INTO metrics (run_id, fold, phase, phase_name, epoch, train_loss, train_accuracy,
       validation_loss, validation_accuracy, learning_rate, seconds, images_per_second)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      run,
      epoch.fold,
      epoch.phase,
      epoch.phaseName,
      epoch.epoch,
      epoch.trainLoss,
      epoch.trainAccuracy,
      epoch.validationLoss,
      epoch.validationAccuracy,
      epoch.learningRate,
      epoch.seconds,
      epoch.imagesPerSecond,
    ],
  );
}

/** Epochs of a run: folds in order, the final model last. */
export function listEpochs(db: ReadableDb, run: RunId): EpochMetrics[] {
  return db.all<EpochMetrics>(
    `SELECT fold, phase, phase_name AS phaseName, epoch, train_loss AS trainLoss,
       train_accuracy AS trainAccuracy, validation_loss AS validationLoss,
       validation_accuracy AS validationAccuracy, learning_rate AS learningRate, seconds,
       images_per_second AS imagesPerSecond
     FROM metrics WHERE run_id = ? ORDER BY fold IS NULL, fold, phase, epoch`,
    [run],
  );
}

/** Adds a line to a run's log. */
export function addLogLine(db: WritableDb, run: RunId, line: RunLogLine): void {
  db.run('INSERT INTO run_log (run_id, at, level, code, message, params) VALUES (?, ?, ?, ?, ?, ?)', [
    run,
    line.at,
    line.level,
    line.code,
    line.message,
    JSON.stringify(line.params),
  ]);
}

/** The newest lines of a run's log, oldest first. */
export function listLog(db: ReadableDb, run: RunId, limit: number): RunLogLine[] {
  return db
    .all<Omit<RunLogLine, 'params'> & { readonly params: string }>(
      'SELECT at, level, code, message, params FROM run_log WHERE run_id = ? ORDER BY id DESC LIMIT ?',
      [run, limit],
    )
    .map((line) => ({ ...line, params: JSON.parse(line.params) as RunLogLine['params'] }))
    .reverse();
}

/** How many different lines of a kind a run's log holds: a resumed run says some things twice. */
export function countLogLines(db: ReadableDb, run: RunId, code: string): number {
  const row = db.get<{ n: number }>(
    'SELECT count(DISTINCT message) AS n FROM run_log WHERE run_id = ? AND code = ?',
    [run, code],
  );
  return row?.n ?? 0;
}
