export { checkComplete } from './completeness.ts';
export type { EncodedImage, RgbImage } from './decode.ts';
export { decodeRgb, renderForBrowser, renderThumbnail, transparencyColour } from './decode.ts';
export { imageExtensions, unsupportedImageExtensions } from './formats.ts';
export type { ImageInfo } from './info.ts';
export { readInfo, readInfoOf } from './info.ts';
export { maxImagePixels, wholeFileBytes } from './limits.ts';
export { configurePixels } from './source.ts';
