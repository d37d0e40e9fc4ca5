import type { ImageClass } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ClassId, CommandId } from '../../../shared/domain/ids.ts';
import type { OpenProject } from '../context.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';
import { imagesWithClass } from '../stores/annotations.ts';
import {
  type ClassFields,
  classById,
  classByName,
  currentClasses,
  insertClass,
  listClasses,
} from '../stores/classes.ts';
import { runCommand, runLongCommand } from './command.ts';
import { nextColour } from './palette.ts';
import { openStep, type Step } from './step.ts';

/** Adds a class with a colour of its own and the next free digit as its shortcut; CLASS_EXISTS for a namesake. */
export function createClass(
  project: OpenProject,
  command: { readonly commandId: CommandId; readonly name: string; readonly colour?: string | undefined },
  at: number,
): Promise<ImageClass> {
  const spec = { commandId: command.commandId, method: 'classes.create', at };
  return runCommand(project, spec, (db) => {
    const name = command.name.normalize('NFC');
    const step = openStep(db, { action: 'createClass', className: name, at });
    const id = addClass(db, step, name, at, command.colour);
    step.finish();
    return shown(db, id);
  });
}

/** Adds a class within a larger step, such as an import; StudioError CLASS_EXISTS for a namesake. */
export function addClass(db: WritableDb, step: Step, name: string, at: number, colour?: string): ClassId {
  const present = currentClasses(db);
  const taken = new Set(present.map((row) => row.shortcut));
  const shortcut = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((digit) => !taken.has(digit)) ?? null;
  const position = present.reduce((last, row) => Math.max(last, row.position + 1), 0);
  const chosen = colour ?? nextColour(present.map((row) => row.colour));
  // Made outside the project first, and brought in by the step: its undo is then a removal like any other.
  const id = insertClass(db, { name, colour: chosen, shortcut, position, removedAt: at }, at);
  step.class(id, { removedAt: null });
  return id;
}

/** The class of that name, added within the step if there is none. */
export function ensureClass(db: WritableDb, step: Step, name: string, at: number): ClassId {
  const trimmed = name.trim().normalize('NFC');
  return classByName(db, trimmed)?.id ?? addClass(db, step, trimmed, at);
}

/** Changes name, colour or shortcut; a shortcut is taken from the class that had it. */
export function updateClass(
  project: OpenProject,
  command: {
    readonly commandId: CommandId;
    readonly id: ClassId;
    readonly name?: string | undefined;
    readonly colour?: string | undefined;
    readonly shortcut?: number | null | undefined;
  },
  at: number,
): Promise<ImageClass> {
  const spec = { commandId: command.commandId, method: 'classes.update', at };
  return runCommand(project, spec, (db) => {
    const present = presentClass(db, command.id);
    const name = command.name?.normalize('NFC') ?? present.name;
    const step = openStep(db, { action: 'updateClass', className: name, at });
    const { shortcut } = command;
    const holder = currentClasses(db).find((row) => row.shortcut === shortcut && row.id !== command.id);
    if (typeof shortcut === 'number' && holder !== undefined) step.class(holder.id, { shortcut: null });
    const fields: Partial<ClassFields> = {
      name,
      ...(command.colour === undefined ? {} : { colour: command.colour }),
      ...(shortcut === undefined ? {} : { shortcut }),
    };
    step.class(command.id, fields);
    step.finish();
    return shown(db, command.id);
  });
}

/** Takes a class and all its labels out of the project as one undoable step. Answers how many labels went. */
export function removeClass(
  project: OpenProject,
  command: { readonly commandId: CommandId; readonly id: ClassId },
  at: number,
): Promise<{ labels: number }> {
  const spec = { commandId: command.commandId, method: 'classes.remove', at };
  return runLongCommand(project, spec, function* (db) {
    const present = presentClass(db, command.id);
    const step = openStep(db, { action: 'removeClass', className: present.name, at, unseen: true });
    let labels = 0;
    for (const image of imagesWithClass(db, command.id)) {
      const result = step.labels(image, (all) => all.filter((label) => label.classId !== command.id));
      if (result === 'changed') labels += 1;
      yield;
    }
    // Last, because undo goes backwards: its labels can only come back once the class is there again.
    step.class(command.id, { removedAt: at });
    step.finish();
    return { labels };
  });
}

/** Puts the classes into the given order; those not named follow in the order they had. */
export function reorderClasses(
  project: OpenProject,
  command: { readonly commandId: CommandId; readonly ids: readonly ClassId[] },
  at: number,
): Promise<null> {
  const spec = { commandId: command.commandId, method: 'classes.reorder', at };
  return runCommand(project, spec, (db) => {
    for (const id of command.ids) presentClass(db, id);
    const named = new Set(command.ids);
    const rest = currentClasses(db).filter((row) => !named.has(row.id));
    const step = openStep(db, { action: 'reorderClasses', at });
    [...named, ...rest.map((row) => row.id)].forEach((id, position) => void step.class(id, { position }));
    step.finish();
    return null;
  });
}

function presentClass(db: ReadableDb, id: ClassId) {
  const row = classById(db, id);
  if (row !== undefined && row.removedAt === null) return row;
  throw new StudioError('NOT_FOUND', 'This class is not in the project any more.', { classId: id });
}

function shown(db: ReadableDb, id: ClassId): ImageClass {
  const found = listClasses(db).find((row) => row.id === id);
  if (found === undefined)
    throw new StudioError('NOT_FOUND', 'This class is not in the project.', { classId: id });
  return found;
}
