import type { ImageDetail, ImageFilter, ImageRow } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import type { ReadableDb } from '../db/types.ts';
import { type GalleryOrder, galleryIds, galleryPage, imageDetail } from '../stores/gallery.ts';
import { searchKey } from './natural-key.ts';

/** A filtered list of images in an order. */
export type GalleryList = { readonly filter: ImageFilter } & GalleryOrder;

/** A page of a list with the list's length. */
export function pageOf(
  db: ReadableDb,
  list: GalleryList & { readonly offset: number; readonly limit: number },
): { total: number; rows: ImageRow[] } {
  const { filter, offset, limit } = list;
  return galleryPage(db, { filter, words: wordsOf(filter), order: list, offset, limit });
}

/** All ids of a list in its order. */
export function idsOf(db: ReadableDb, list: GalleryList): ImageId[] {
  return galleryIds(db, list.filter, list, wordsOf(list.filter));
}

/** One image; NOT_FOUND where it is not in the project. */
export function detailOf(db: ReadableDb, id: ImageId): ImageDetail {
  const detail = imageDetail(db, id);
  if (detail !== undefined) return detail;
  throw new StudioError('NOT_FOUND', 'This image is not in the project any more.', { id });
}

/** Words must all occur, in any order; each as the stored search keys are written. */
function wordsOf(filter: ImageFilter): string[] {
  return searchKey(filter.search ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
}
