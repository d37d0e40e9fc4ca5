import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';
import { ensureClass } from '../annotations/classes.ts';
import type { LabelWish, Step } from '../annotations/step.ts';
import type { WritableDb } from '../db/types.ts';
import type { TableEntry } from '../formats/label-table.ts';
import { setStatedFold } from '../stores/images.ts';
import type { ImportedFile } from './import-job.ts';

/** What an import writes about each file beside the file itself. */
export type ImportMarks = {
  readonly files: readonly ImportedFile[];
  /** By position in `files`. */
  readonly entries: ReadonlyMap<number, TableEntry>;
  /** Group of each file by the chosen rule; a group in a table goes before it. */
  readonly groups: readonly (string | null)[];
  /** Files whose pixels could not be read: they keep their labels for a good copy, but do not count as labeled. */
  readonly unreadable: ReadonlySet<ImageId>;
};

/**
 * Writes labels, groups and folds of an import as part of one undoable step. Images that carry labels already
 * keep them: an import never overwrites what a person has said. Answers how many readable images were labeled.
 */
export function* writeMarks(
  db: WritableDb,
  step: Step,
  marks: ImportMarks,
  at: number,
  tell: (done: number) => void,
): Generator<void, number, void> {
  const classIds = new Map<string, ClassId>();
  const classOf = (name: string): ClassId => {
    const id = classIds.get(name) ?? ensureClass(db, step, name, at);
    classIds.set(name, id);
    return id;
  };
  let labeled = 0;
  for (const [index, file] of marks.files.entries()) {
    const entry = marks.entries.get(index);
    if (file.wasRemoved) step.image(file.id, { removedAt: null });
    const group = entry?.group ?? marks.groups[index] ?? null;
    if (group !== null) step.image(file.id, { groupKey: group });
    if (entry?.fold != null) setStatedFold(db, file.id, entry.fold);
    const wishes = entry === undefined ? [] : wishesOf(entry, classOf);
    if (wishes.length > 0) {
      const outcome = step.labels(file.id, (present) => (present.length > 0 ? present : wishes));
      if (outcome === 'changed' && !marks.unreadable.has(file.id)) labeled += 1;
    }
    if (index % 500 === 0) tell(index);
    yield;
  }
  return labeled;
}

function wishesOf(entry: TableEntry, classOf: (name: string) => ClassId): LabelWish[] {
  if (entry.nothing && entry.labels.length === 0) return [{ kind: 'nothing', classId: null }];
  const ids = new Set(entry.labels.map(classOf));
  return [...ids].map((classId) => ({ kind: 'label', classId }));
}
