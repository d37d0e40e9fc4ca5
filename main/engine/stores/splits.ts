import type { Note } from '../../../shared/contract/advice.ts';
import type { Evaluation } from '../../../shared/contract/recipe.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** What a split did that its reader should know: codes with values, put into words by whoever shows them. */
export type SplitReport = {
  readonly folds: readonly string[];
  readonly notes: readonly Note[];
};

/** Stores which fold tests which image. */
export function insertSplit(
  db: WritableDb,
  split: {
    readonly snapshotId: number;
    readonly evaluation: Evaluation;
    readonly report: SplitReport;
    readonly createdAt: number;
  },
): number {
  return db.run('INSERT INTO splits (snapshot_id, evaluation, report, created_at) VALUES (?, ?, ?, ?)', [
    split.snapshotId,
    JSON.stringify(split.evaluation),
    JSON.stringify(split.report),
    split.createdAt,
  ]).lastId;
}

/** Adds images to a split; `null`: never tested, always trained on. */
export function addSplitFolds(
  db: WritableDb,
  splitId: number,
  folds: readonly { readonly id: ImageId; readonly fold: number | null }[],
): void {
  for (const { id, fold } of folds) {
    db.run('INSERT INTO split_folds (split_id, image_id, fold) VALUES (?, ?, ?)', [splitId, id, fold]);
  }
}

/** What a stored split said about itself. */
export function splitReport(db: ReadableDb, id: number): SplitReport {
  const row = db.get<{ report: string }>('SELECT report FROM splits WHERE id = ?', [id]);
  return row ? (JSON.parse(row.report) as SplitReport) : { folds: [], notes: [] };
}
