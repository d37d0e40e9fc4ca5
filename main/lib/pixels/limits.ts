/** Pixels of the largest image the studio opens (about 16,383 × 16,383): beyond it a decode needs over 0.8 GB. */
export const maxImagePixels = 268_402_689;
/** Seconds one decode may take before it is given up: a crafted file must not hold the process. */
export const decodeSeconds = 60;
/** Files up to this many bytes are read whole (works with any path length); larger ones are read by libvips. */
export const wholeFileBytes = 64 * 1024 * 1024;
