import { createRandom } from '../../../../shared/domain/random.ts';

/** Draws of the standard normal distribution, in steps of 1/4096; made once, since one costs as much as ten look-ups. */
const DRAWS = 2 ** 16;
const UNIT = 4096;
const AMOUNT_BITS = 6;
let normals: Int16Array | null = null;

function normalDraws(): Int16Array {
  const random = createRandom(1);
  normals ??= Int16Array.from({ length: DRAWS }, () => Math.round(random.normal() * UNIT));
  return normals;
}

/**
 * Adds Gaussian noise to every value, in place, clipped to 0…255 (torchvision's GaussianNoise). `deviation`: in
 * steps of a byte. Values are picked out of a table of normal draws by xorshift32 (Marsaglia 2003).
 */
export function addNoise(
  values: Uint8Array,
  { deviation, seed }: { readonly deviation: number; readonly seed: number },
): void {
  const draws = normalDraws();
  const clipped = new Uint8ClampedArray(values.buffer, values.byteOffset, values.length);
  const amount = Math.round(deviation * 2 ** AMOUNT_BITS);
  const shift = 12 + AMOUNT_BITS;
  const half = 1 << (shift - 1);
  // Zero is the one state that xorshift never leaves.
  let state = seed === 0 ? 1 : seed | 0;
  for (let at = 0; at < clipped.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    clipped[at] = clipped[at]! + ((draws[state >>> 16]! * amount + half) >> shift);
  }
}
