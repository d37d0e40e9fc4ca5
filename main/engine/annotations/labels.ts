import type { LabelOutcome } from '../../../shared/contract/images.ts';
import type { Task } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ClassId, CommandId, ImageId } from '../../../shared/domain/ids.ts';
import type { OpenProject } from '../context.ts';
import type { WritableDb } from '../db/types.ts';
import type { ImageLabel } from '../stores/annotations.ts';
import { classById } from '../stores/classes.ts';
import { runLongCommand } from './command.ts';
import { outcomeOf } from './outcome.ts';
import { type LabelWish, openStep } from './step.ts';

/** What to do with the labels of some images. */
export interface LabelCommand {
  readonly commandId: CommandId;
  readonly imageIds: readonly ImageId[];
  readonly action: 'set' | 'add' | 'remove' | 'clear' | 'nothing';
  readonly classId: ClassId | null;
}

/**
 * Labels images by one undoable step. Rules: with one label an image only `set` and `clear`; with several `set`
 * replaces them all, `nothing` stands alone, and `add` ends a `nothing`. Images that are already as asked, or
 * that are no longer in the project, are left out; NOT_FOUND where none of them is.
 */
export function applyLabels(
  project: OpenProject,
  command: LabelCommand,
  by: { readonly at: number; readonly author: string },
): Promise<LabelOutcome> {
  const spec = { commandId: command.commandId, method: 'labels.apply', at: by.at };
  return runLongCommand(project, spec, function* (db) {
    const className = checkCommand(db, project.task, command);
    const wish = wishOf(command);
    const step = openStep(db, { action: command.action, className, ...by });
    let unknown = 0;
    for (const id of command.imageIds) {
      if (step.labels(id, wish) === 'unknown') unknown += 1;
      yield;
    }
    if (unknown === command.imageIds.length) {
      throw new StudioError('NOT_FOUND', 'None of these images is in the project any more.');
    }
    const imageIds = step.finish();
    const action = imageIds.length === 0 ? 'none' : command.action;
    return outcomeOf(db, { action, className, imageIds, at: by.at });
  });
}

function checkCommand(db: WritableDb, task: Task, command: LabelCommand): string | null {
  const { action, classId } = command;
  if (task === 'singleLabel' && (action === 'add' || action === 'remove' || action === 'nothing')) {
    const message = `“${action}” needs a project in which an image may have several labels.`;
    throw new StudioError('BAD_REQUEST', message, { action });
  }
  if (action === 'clear' || action === 'nothing') return null;
  const row = classId === null ? undefined : classById(db, classId);
  if (row === undefined || row.removedAt !== null) {
    const message = 'This class is not in the project any more. Choose another one.';
    throw new StudioError('NOT_FOUND', message, { classId: classId ?? 0 });
  }
  return row.name;
}

function wishOf(command: LabelCommand): (present: readonly ImageLabel[]) => readonly LabelWish[] {
  const label: LabelWish = { kind: 'label', classId: command.classId };
  const others = (present: readonly ImageLabel[]) =>
    present.filter((each) => each.kind === 'label' && each.classId !== command.classId);
  switch (command.action) {
    case 'set':
      return () => [label];
    case 'add':
      return (present) => [...others(present), label];
    case 'remove':
      return (present) => present.filter((each) => each.classId !== command.classId);
    case 'clear':
      return () => [];
    case 'nothing':
      return () => [{ kind: 'nothing', classId: null }];
  }
}
