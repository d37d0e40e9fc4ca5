import { BEYOND, clipped, FACTOR_BITS } from './bytes.ts';

/** PIL's weights of red, green and blue in a grey value (ITU-R 601), out of 65536. */
export const luma = [19595, 38470, 7471] as const;

/** Blends each pixel with its own grey, in place: PIL's `ImageEnhance.Color`. `factor`: 0 (grey) … 1 (the picture) … 2. */
export function saturate([red, green, blue]: readonly Uint8Array[], factor: number): void {
  if (!red || !green || !blue) return;
  const [ofRed, ofGreen, ofBlue] = luma;
  const amount = Math.round(factor * 2 ** FACTOR_BITS);
  for (let at = 0; at < red.length; at++) {
    const r = red[at]!;
    const g = green[at]!;
    const b = blue[at]!;
    const grey = (ofRed * r + ofGreen * g + ofBlue * b + 0x8000) >> 16;
    const start = grey + BEYOND;
    red[at] = clipped[start + ((amount * (r - grey)) >> FACTOR_BITS)]!;
    green[at] = clipped[start + ((amount * (g - grey)) >> FACTOR_BITS)]!;
    blue[at] = clipped[start + ((amount * (b - grey)) >> FACTOR_BITS)]!;
  }
}

/** 1 ÷ n for the 255 possible differences of a pixel's largest and smallest channel. */
const reciprocals = Float64Array.from({ length: 256 }, (_, value) => (value === 0 ? 0 : 1 / value));

/**
 * Moves every hue along the colour circle, in place, by a fraction −0.5…0.5 of it; saturation and value stay, as in
 * torchvision's `adjust_hue` on tensors: the largest and the smallest channel keep their values, and only the one in
 * between is computed anew.
 */
export function rotateHues([red, green, blue]: readonly Uint8Array[], fraction: number): void {
  if (!red || !green || !blue) return;
  const turn = 6 * (fraction < 0 ? fraction + 1 : fraction);
  for (let at = 0; at < red.length; at++) {
    const r = red[at]!;
    const g = green[at]!;
    const b = blue[at]!;
    const high = r > g ? Math.max(r, b) : Math.max(g, b);
    const low = r < g ? Math.min(r, b) : Math.min(g, b);
    if (high === low) continue;
    const range = high - low;
    const from =
      high === r
        ? 6 + (g - b) * reciprocals[range]!
        : high === g
          ? 2 + (b - r) * reciprocals[range]!
          : 4 + (r - g) * reciprocals[range]!;
    let hue = from + turn;
    if (hue >= 12) hue -= 12;
    else if (hue >= 6) hue -= 6;
    const sector = Math.floor(hue);
    const rise = (hue - sector) * range;
    const middle = sector % 2 === 0 ? low + rise + 0.5 : high - rise + 0.5;
    red[at] = sector === 0 || sector === 5 ? high : sector === 1 || sector === 4 ? middle : low;
    green[at] = sector === 1 || sector === 2 ? high : sector === 0 || sector === 3 ? middle : low;
    blue[at] = sector === 3 || sector === 4 ? high : sector === 2 || sector === 5 ? middle : low;
  }
}
