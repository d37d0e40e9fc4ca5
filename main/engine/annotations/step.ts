import type { LabelOutcome } from '../../../shared/contract/images.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import type { WritableDb } from '../db/types.ts';
import {
  deleteLabel,
  type ImageLabel,
  imageLabeling,
  insertLabel,
  settleImage,
} from '../stores/annotations.ts';
import {
  type ChangeKind,
  deleteGroup,
  insertChange,
  insertGroup,
  latestUndo,
  setGroupImages,
} from '../stores/changes.ts';
import { type ClassFields, classById } from '../stores/classes.ts';
import { type ImageFields, imageFields } from '../stores/image-fields.ts';
import { projectValue, setProjectValue } from '../stores/project.ts';
import { packLabels, stateOf, writeClass, writeImage } from './states.ts';

/** What a step is called in the history, and who made it. */
export interface StepOptions {
  readonly action: LabelOutcome['action'];
  readonly className?: string | null;
  readonly at: number;
  readonly source?: ImageLabel['source'];
  readonly runId?: string | null;
  readonly author?: string;
  /**
   * Nobody looked at the images for it (a class was removed): the content for which their labels stand remains
   * what it was, and images that were taken out of the project are reached too, since undo may bring them back.
   */
  readonly unseen?: boolean;
}

/** A label to be: a class, or "nothing in it" without one. */
export type LabelWish = Pick<ImageLabel, 'kind' | 'classId'>;

/**
 * One step of undo being made. Each method changes one thing and records how to take that back; a thing that
 * already is as wished is left alone and not recorded. All within one transaction.
 */
export interface Step {
  /** `wish` gets the labels that are there and says which should be; `false` where nothing changed. */
  readonly labels: (
    image: ImageId,
    wish: (present: readonly ImageLabel[]) => readonly LabelWish[],
  ) => 'changed' | 'same' | 'unknown';
  readonly image: (id: ImageId, fields: Partial<ImageFields>) => boolean;
  readonly class: (id: ClassId, fields: Partial<ClassFields>) => boolean;
  /** Closes the step: what was undone before cannot be redone any more. Images changed, in order. */
  readonly finish: () => readonly ImageId[];
}

/** Opens a step; it is not in the history before `finish`, and not at all if nothing changed. */
export function openStep(db: WritableDb, options: StepOptions): Step {
  const groupId = insertGroup(db, {
    action: options.action,
    className: options.className ?? null,
    at: options.at,
  });
  const images = new Set<ImageId>();
  let changes = 0;
  const record = (kind: ChangeKind, id: ImageId | ClassId, forward: string, inverse: string): void => {
    const imageId = kind === 'class' ? null : (id as ImageId);
    const classId = kind === 'class' ? (id as ClassId) : null;
    insertChange(db, { groupId, kind, imageId, classId, forward, inverse });
    if (imageId !== null) images.add(imageId);
    changes += 1;
  };
  return {
    labels: (image, wish) => {
      const change = changeLabels(db, image, wish, options);
      if (change === 'unknown' || change === 'same') return change;
      record('labels', image, change.forward, change.inverse);
      return 'changed';
    },
    image: (id, fields) => {
      const change = difference(imageFields(db, id), fields);
      if (change === null) return false;
      writeImage(db, id, fields);
      record('image', id, change.forward, change.inverse);
      return true;
    },
    class: (id, fields) => {
      const change = difference(classById(db, id), fields);
      if (change === null) return false;
      writeClass(db, id, fields);
      record('class', id, change.forward, change.inverse);
      return true;
    },
    finish: () => {
      if (changes === 0) deleteGroup(db, groupId);
      else {
        setGroupImages(db, groupId, images.size);
        dropRedo(db);
      }
      return [...images];
    },
  };
}

/** From here on, what was undone stays undone: something else was done since. */
function dropRedo(db: WritableDb): void {
  const latest = latestUndo(db);
  if (latest > redoFloor(db)) setProjectValue(db, 'redoFloor', String(latest));
}

/** The number of the last undo that can no longer be redone; 0 where all can. */
export function redoFloor(db: Parameters<typeof projectValue>[0]): number {
  return Number(projectValue(db, 'redoFloor') ?? 0);
}

interface Recorded {
  readonly forward: string;
  readonly inverse: string;
}

function changeLabels(
  db: WritableDb,
  image: ImageId,
  wish: (present: readonly ImageLabel[]) => readonly LabelWish[],
  options: StepOptions,
): Recorded | 'same' | 'unknown' {
  const present = imageLabeling(db, image);
  if (present === undefined || (present.removedAt !== null && !options.unseen)) return 'unknown';
  const wanted = wish(present.labels);
  const same = (a: LabelWish, b: LabelWish) => a.kind === b.kind && a.classId === b.classId;
  const kept = present.labels.filter((label) => wanted.some((other) => same(label, other)));
  const fresh = wanted.filter((label) => !kept.some((other) => same(label, other)));
  const content = options.unseen ? present.seen : present.sha256;
  const seen = wanted.length > 0 ? content : null;
  if (fresh.length === 0 && kept.length === present.labels.length && seen === present.seen) return 'same';

  for (const label of present.labels) if (!kept.includes(label)) deleteLabel(db, label.id);
  const added = fresh.map((label) =>
    insertLabel(db, image, {
      ...label,
      source: options.source ?? 'human',
      runId: options.runId ?? null,
      author: options.author ?? '',
      createdAt: options.at,
    }),
  );
  const labels = [...kept, ...added];
  settleImage(db, image, present, stateOf(labels), seen);
  return { forward: packLabels({ labels, seen }), inverse: packLabels(present) };
}

/** The fields that really differ, before and after; `null` where none does or the thing is unknown. */
function difference<T extends object>(present: T | undefined, wanted: Partial<T>): Recorded | null {
  if (present === undefined) return null;
  const keys = (Object.keys(wanted) as (keyof T)[]).filter((key) => present[key] !== wanted[key]);
  if (keys.length === 0) return null;
  const pick = (from: Partial<T>) => JSON.stringify(Object.fromEntries(keys.map((key) => [key, from[key]])));
  return { forward: pick(wanted), inverse: pick(present) };
}
