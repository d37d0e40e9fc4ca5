export { checkComplete } from './completeness.ts';
export type { EncodedImage, RgbImage } from './decode.ts';
export { decodeRgb, encodePicture, jpegRoundTrip, renderForBrowser, renderThumbnail } from './decode.ts';
export { imageExtensions, unsupportedImageExtensions } from './formats.ts';
export { readInfo, readInfoOf } from './info.ts';
export { wholeFileBytes } from './limits.ts';
export { configurePixels } from './source.ts';
