export { FileActions, useFileCommands } from './file-actions.tsx';
export { GalleryPlace } from './gallery-place.tsx';
export { ImageListProvider, useImageList, useRows, useShowOnly } from './image-list.tsx';
export type { RowCache } from './row-cache.ts';
export { selectOnly } from './selection.ts';
export { FileBadge } from './tile.tsx';
export { findNextUnlabeled, useLabelActions } from './use-labeling.ts';
