import type { LabelState } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { WritableDb } from '../db/types.ts';
import {
  deleteLabel,
  type ImageLabel,
  type ImageLabels,
  imageLabeling,
  restoreLabel,
  settleImage,
} from '../stores/annotations.ts';
import type { Change } from '../stores/changes.ts';
import {
  type ClassFields,
  type ClassRow,
  classById,
  classByName,
  currentClasses,
  updateClass,
} from '../stores/classes.ts';
import { type ImageFields, imageFields, setImageFields } from '../stores/image-fields.ts';

/** How the log writes labels: arrays instead of objects, since a bulk step has a hundred thousand of them. */
type PackedLabel = [number, 'l' | 'n', ClassId | null, ImageLabel['source'], string | null, string, number];
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
interface PackedLabels {
  readonly labels: readonly PackedLabel[];
  readonly seen: string | null;
}

/** The labels of an image as the log stores them. */
export function packLabels(state: ImageLabels): string {
  const labels = state.labels.map(
    (label): PackedLabel => [
      label.id,
      label.kind === 'label' ? 'l' : 'n',
      label.classId,
      label.source,
      label.runId,
      label.author,
      label.createdAt,
    ],
  );
  return JSON.stringify({ labels, seen: state.seen } satisfies PackedLabels);
}

function unpackLabels(text: string): ImageLabels {
  // Written by `packLabels` in this database and nowhere else.
  const packed = JSON.parse(text) as PackedLabels;
  const labels = packed.labels.map(
    ([id, kind, classId, source, runId, author, createdAt]): ImageLabel => ({
      id,
      kind: kind === 'l' ? 'label' : 'nothing',
      classId,
      source,
      runId,
      author,
      createdAt,
    }),
  );
  return { labels, seen: packed.seen };
}

/** The state of an image in the gallery that follows from its labels. */
export function stateOf(labels: readonly Pick<ImageLabel, 'kind'>[]): LabelState {
  if (labels.some((label) => label.kind === 'label')) return 'labeled';
  return labels.length > 0 ? 'nothing' : 'unlabeled';
}

/**
 * Puts things into the state that a change made (`forward`) or found (`inverse`). Remembers which classes are in
 * the project, so make a new one for each step.
 */
export function createApplier(db: WritableDb, direction: 'forward' | 'inverse'): (change: Change) => void {
  let current: ReadonlySet<ClassId> | null = null;
  return (change) => {
    const state = change[direction];
    if (change.kind === 'labels' && change.imageId !== null) {
      current ??= new Set(currentClasses(db).map((row) => row.id));
      restoreLabels(db, change.imageId, unpackLabels(state), current);
    } else if (change.kind === 'class' && change.classId !== null) {
      current = null;
      writeClass(db, change.classId, JSON.parse(state) as Partial<ClassFields>);
    } else if (change.kind === 'image' && change.imageId !== null) {
      writeImage(db, change.imageId, JSON.parse(state) as Partial<ImageFields>);
    }
  };
}

/** A label of a class that was removed meanwhile is not brought back: it could be neither seen nor changed. */
function restoreLabels(
  db: WritableDb,
  image: ImageId,
  target: ImageLabels,
  current: ReadonlySet<ClassId>,
): void {
  const present = imageLabeling(db, image);
  if (present === undefined) return;
  const wanted = target.labels.filter((label) => label.classId === null || current.has(label.classId));
  for (const label of present.labels) {
    if (!wanted.some((other) => other.id === label.id)) deleteLabel(db, label.id);
  }
  for (const label of wanted) {
    if (!present.labels.some((other) => other.id === label.id)) restoreLabel(db, image, label);
  }
  settleImage(db, image, present, stateOf(wanted), target.seen);
}

/**
 * Changes fields of a class. Names stay unique: StudioError CLASS_EXISTS where another has it by now. A
 * shortcut that another class has by now is given up.
 */
export function writeClass(db: WritableDb, id: ClassId, fields: Partial<ClassFields>): void {
  const present = classById(db, id);
  if (present === undefined)
    throw new StudioError('NOT_FOUND', 'This class does not exist any more.', { id });
  const next: Mutable<ClassRow> = { ...present, ...fields };
  if (next.removedAt === null) {
    const namesake = classByName(db, next.name);
    if (namesake !== undefined && namesake.id !== id) {
      const message = `There is a class “${namesake.name}” already. Choose another name, or rename that one first.`;
      throw new StudioError('CLASS_EXISTS', message, { name: namesake.name });
    }
    const taken =
      next.shortcut !== null &&
      currentClasses(db).some((row) => row.id !== id && row.shortcut === next.shortcut);
    if (taken) next.shortcut = null;
  }
  updateClass(db, next);
}

/** Changes fields of an image that belong to the log; NOT_FOUND for an unknown one. */
export function writeImage(db: WritableDb, id: ImageId, fields: Partial<ImageFields>): void {
  const present = imageFields(db, id);
  if (present === undefined)
    throw new StudioError('NOT_FOUND', 'This image does not exist any more.', { id });
  setImageFields(db, id, { ...present, ...fields });
}
