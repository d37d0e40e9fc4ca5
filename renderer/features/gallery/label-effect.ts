import type { ImageRow } from '../../../shared/contract/images.ts';
import type { Task } from '../../../shared/contract/project.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';

/** What a key or a menu does to labels. */
export type LabelEdit =
  | { readonly action: 'set' | 'add' | 'remove'; readonly classId: ClassId }
  | { readonly action: 'clear' | 'nothing'; readonly classId: null };

/** The row as it will be once the engine has done the edit, shown at once. */
export function withEdit(row: ImageRow, edit: LabelEdit): ImageRow {
  switch (edit.action) {
    case 'clear':
      return { ...row, state: 'unlabeled', classIds: [] };
    case 'nothing':
      return { ...row, state: 'nothing', classIds: [] };
    case 'set':
      return { ...row, state: 'labeled', classIds: [edit.classId] };
    case 'add':
      return row.classIds.includes(edit.classId)
        ? row
        : { ...row, state: 'labeled', classIds: [...row.classIds, edit.classId] };
    case 'remove': {
      const classIds = row.classIds.filter((id) => id !== edit.classId);
      return { ...row, state: classIds.length > 0 ? 'labeled' : 'unlabeled', classIds };
    }
  }
}

/**
 * What pressing a class's key means. One label an image: set it. Several: add it, or take it out where every
 * chosen image has it already (so the same key twice changes nothing in the end).
 */
export function editForClass(task: Task, classId: ClassId, rows: readonly ImageRow[]): LabelEdit {
  if (task === 'singleLabel') return { action: 'set', classId };
  const isOnAll = rows.length > 0 && rows.every((row) => row.classIds.includes(classId));
  return { action: isOnAll ? 'remove' : 'add', classId };
}
