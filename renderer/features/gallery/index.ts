export { FileActions, useFileCommands } from './file-actions.tsx';
export { GalleryPlace } from './gallery-place.tsx';
export { ImageListProvider, useImageList, useRows, useShowOnly } from './image-list.tsx';
export { selectOnly } from './selection.ts';
export { findNextUnlabeled, useLabelActions } from './use-labeling.ts';
