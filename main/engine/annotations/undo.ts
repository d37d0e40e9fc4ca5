import type { LabelOutcome } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { CommandId, ImageId } from '../../../shared/domain/ids.ts';
import type { OpenProject } from '../context.ts';
import type { WritableDb } from '../db/types.ts';
import {
  type Change,
  groupById,
  latestUndo,
  markChange,
  newestStanding,
  newestStandingOf,
  redoableChanges,
  undoableChanges,
} from '../stores/changes.ts';
import { runLongCommand } from './command.ts';
import { outcomeOf } from './outcome.ts';
import { createApplier } from './states.ts';
import { redoFloor } from './step.ts';

/**
 * Takes back the newest step, or the newest one that touches the given image. Conflict rule: a step is taken
 * back only where nothing newer stands on the same thing. Undoing by image can therefore take back a part of a
 * step: images that a later step changed again keep their later state, and what remains of the older step is
 * undone in its turn. NOTHING_TO_UNDO where there is none; CLASS_EXISTS where a class would come back under a
 * name that another has by now.
 */
export function undo(
  project: OpenProject,
  command: { readonly commandId: CommandId; readonly imageId?: ImageId | undefined },
  at: number,
): Promise<LabelOutcome> {
  const spec = { commandId: command.commandId, method: 'labels.undo', at };
  return runLongCommand(project, spec, function* (db) {
    const image = command.imageId;
    const group = image === undefined ? newestStanding(db) : newestStandingOf(db, image);
    if (group === null) throw new StudioError('NOTHING_TO_UNDO', 'There is nothing to undo.');
    const order = Math.max(latestUndo(db), redoFloor(db)) + 1;
    const images = new Set<ImageId>();
    const pages = (last: number | null) => undoableChanges(db, group, last, pageSize);
    yield* eachChange(db, pages, 'inverse', order, images);
    return outcomeOf(db, { ...named(db, group), imageIds: [...images], at });
  });
}

/** Does again what the last undo took back; NOTHING_TO_REDO where there is none or something was done since. */
export function redo(
  project: OpenProject,
  command: { readonly commandId: CommandId },
  at: number,
): Promise<LabelOutcome> {
  const spec = { commandId: command.commandId, method: 'labels.redo', at };
  return runLongCommand(project, spec, function* (db) {
    const order = latestUndo(db);
    if (order <= redoFloor(db)) throw new StudioError('NOTHING_TO_REDO', 'There is nothing to redo.');
    const first = redoableChanges(db, order, null, 1)[0];
    const group = first?.groupId;
    if (group === undefined) throw new StudioError('NOTHING_TO_REDO', 'There is nothing to redo.');
    const images = new Set<ImageId>();
    const pages = (last: number | null) => redoableChanges(db, order, last, pageSize);
    yield* eachChange(db, pages, 'forward', null, images);
    return outcomeOf(db, { ...named(db, group), imageIds: [...images], at });
  });
}

/** Changes read at a time: a bulk step has a hundred thousand, and no query may hold the event loop. */
const pageSize = 500;

function* eachChange(
  db: WritableDb,
  page: (last: number | null) => readonly Change[],
  direction: 'forward' | 'inverse',
  order: number | null,
  images: Set<ImageId>,
): Generator<void, void, void> {
  const apply = createApplier(db, direction);
  for (let changes = page(null); changes.length > 0; changes = page(changes.at(-1)?.id ?? null)) {
    for (const change of changes) {
      apply(change);
      markChange(db, change.id, order);
      if (change.imageId !== null) images.add(change.imageId);
      yield;
    }
  }
}

function named(db: WritableDb, id: number): Pick<LabelOutcome, 'action' | 'className'> {
  const group = groupById(db, id);
  // Actions are written from this very type by `openStep`.
  const action = (group?.action ?? 'none') as LabelOutcome['action'];
  return { action, className: group?.className ?? null };
}
