import type { ImageRow } from '../../../shared/contract/images.ts';
import type { ClassId, ImageId } from '../../../shared/domain/ids.ts';

/** A row of the gallery with an id and, where asked, labels. */
export function row(id: number, classIds: readonly number[] = []): ImageRow {
  return {
    id: id as ImageId,
    name: `${id}.jpg`,
    path: `leaves/${id}.jpg`,
    width: 512,
    height: 256,
    state: classIds.length > 0 ? 'labeled' : 'unlabeled',
    classIds: classIds.map((classId) => classId as ClassId),
    file: 'ok',
    thumbnail: 1,
  };
}
