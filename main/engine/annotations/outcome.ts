import type { LabelOutcome } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb } from '../db/types.ts';
import { latestUndo, newestStanding } from '../stores/changes.ts';
import { redoFloor } from './step.ts';

/** Whether there is something to undo or to redo. */
export function undoState(db: ReadableDb): { readonly canUndo: boolean; readonly canRedo: boolean } {
  return { canUndo: newestStanding(db) !== null, canRedo: latestUndo(db) > redoFloor(db) };
}

/** The answer to a command of the log: what it changed, and what undo and redo can do now. */
export function outcomeOf(
  db: ReadableDb,
  done: {
    readonly action: LabelOutcome['action'];
    readonly className: string | null;
    readonly imageIds: readonly ImageId[];
    readonly at: number;
  },
): LabelOutcome {
  return {
    changed: done.imageIds.length,
    imageIds: [...done.imageIds],
    action: done.action,
    className: done.className,
    ...undoState(db),
    savedAt: done.at,
  };
}
