import { createRandom } from '../../../../shared/domain/random.ts';
import { BEYOND, clipped } from './bytes.ts';

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

/** `deviation`: in steps of a byte. */
interface Noise {
  readonly deviation: number;
  readonly seed: number;
}

/** Adds noise to uint8 planes [3, …] in place: to each value its own, or, as a grey sensor does, the same to all three. */
export function addNoiseTo(planes: Uint8Array, noise: Noise, isGrey: boolean): void {
  if (!isGrey) {
    addNoise(planes, noise);
    return;
  }
  const area = planes.length / 3;
  for (let plane = 0; plane < 3; plane++) addNoise(planes.subarray(plane * area, (plane + 1) * area), noise);
}

/** Whether the three planes of a picture are one and the same; a coloured one shows itself in its first pixels. */
export function areAlike(planes: Uint8Array): boolean {
  const area = planes.length / 3;
  for (let at = 0; at < area; at++) {
    if (planes[at] !== planes[at + area] || planes[at] !== planes[at + 2 * area]) return false;
  }
  return true;
}

/**
 * Adds Gaussian noise to every value, in place, clipped to 0…255 (torchvision's GaussianNoise). Values are picked out
 * of a table of normal draws by xorshift32 (Marsaglia 2003).
 */
function addNoise(values: Uint8Array, { deviation, seed }: Noise): void {
  const draws = normalDraws();
  const amount = Math.round(deviation * 2 ** AMOUNT_BITS);
  const shift = 12 + AMOUNT_BITS;
  const half = 1 << (shift - 1);
  // Zero is the one state that xorshift never leaves.
  let state = seed === 0 ? 1 : seed | 0;
  for (let at = 0; at < values.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[at] = clipped[BEYOND + values[at]! + ((draws[state >>> 16]! * amount + half) >> shift)]!;
  }
}
