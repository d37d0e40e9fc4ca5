/** Factors by which differences of bytes are multiplied have so many fractional bits. */
export const FACTOR_BITS = 16;

/** How far below 0 and above 255 values may lie that {@link clipped} holds back. */
export const BEYOND = 2048;

/** The nearest byte, at value + {@link BEYOND}: comparing takes several times as long where many values are beyond. */
export const clipped = Uint8Array.from({ length: 256 + 2 * BEYOND }, (_, at) =>
  Math.min(Math.max(at - BEYOND, 0), 255),
);
