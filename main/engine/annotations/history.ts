import type { LabelOutcome } from '../../../shared/contract/images.ts';
import type { ReadableDb } from '../db/types.ts';
import { latestGroups } from '../stores/changes.ts';
import { projectValue } from '../stores/project.ts';
import { undoState } from './outcome.ts';

/** One step as the history lists it. */
interface HistoryEntry {
  readonly action: LabelOutcome['action'];
  readonly className: string | null;
  readonly images: number;
  readonly at: number;
  readonly undone: boolean;
}

/** The latest steps, newest first. */
export function labelHistory(db: ReadableDb, limit: number): HistoryEntry[] {
  return latestGroups(db, limit).map(({ action, className, images, at, undone }) => ({
    // Written from this very type by `openStep`.
    action: action as LabelOutcome['action'],
    className,
    images,
    at,
    undone,
  }));
}

/** What the undo and redo buttons show, and when something was last saved. */
export function labelState(db: ReadableDb): {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly savedAt: number | null;
} {
  const saved = projectValue(db, 'savedAt');
  return { ...undoState(db), savedAt: saved === null ? null : Number(saved) };
}
