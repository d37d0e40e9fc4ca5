import type { ImageId } from '../../shared/domain/ids.ts';

/** Address of a thumbnail; the version makes the browser fetch it again after the file changed. */
export function thumbnailUrl(id: ImageId, version: number): string {
  return `media://thumb/${id}?v=${version}`;
}

/** Address of a sheet of views. */
export function previewUrl(sheet: number, version: number): string {
  return `media://preview/${sheet}?v=${version}`;
}

/** Address of an image in its own size, upright and in a format that a page can show. */
export function imageUrl(id: ImageId, version: number): string {
  return `media://image/${id}?v=${version}`;
}
