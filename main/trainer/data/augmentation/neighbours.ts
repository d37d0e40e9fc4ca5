import { BEYOND, clipped, FACTOR_BITS } from './bytes.ts';
import type { Size } from './matrix.ts';

/**
 * Blends a channel with its copy smoothed by 3×3 weights (1, five times 1 in the middle, ÷ 13), in place: PIL's
 * `ImageEnhance.Sharpness`. `factor` 1: the picture, 2: sharper, 0: the smoothed copy. The border stays.
 */
export function sharpen(plane: Uint8Array, { width, height }: Size, factor: number): void {
  const source = plane.slice();
  const amount = Math.round(factor * 2 ** FACTOR_BITS);
  for (let y = 1; y < height - 1; y++) {
    const start = y * width;
    // Sums of three pixels below one another: each serves three pixels of the row.
    let before = columnSum(source, start, width);
    let here = columnSum(source, start + 1, width);
    for (let at = start + 1; at < start + width - 1; at++) {
      const after = columnSum(source, at + 1, width);
      const own = source[at]!;
      const smooth = thirteenths[before + here + after + 4 * own]!;
      plane[at] = clipped[BEYOND + smooth + ((amount * (own - smooth)) >> FACTOR_BITS)]!;
      before = here;
      here = after;
    }
  }
}

function columnSum(source: Uint8Array, at: number, width: number): number {
  return source[at - width]! + source[at]! + source[at + width]!;
}

/** Sums of nine weighted values ÷ 13, to the nearest whole one. */
const thirteenths = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.floor(sum / 13 + 0.5));

/** Weights are whole parts of 2^14; rows are kept with 8 fractional bits between the two passes. */
const WEIGHT_BITS = 14;
const ROW_BITS = 6;
/** Beyond three standard deviations less than 0.3 % of the weight is left. */
const REACH = 3;

/**
 * Blurs a channel in place with a Gaussian of the given standard deviation in pixels, along rows, then along columns;
 * beyond the edges the picture is mirrored. As torchvision's GaussianBlur with a kernel of 2·⌈3σ⌉ + 1.
 */
export function blur(plane: Uint8Array, { width, height }: Size, sigma: number): void {
  const weights = kernel(sigma);
  const reach = weights.length - 1;
  const padded = new Uint16Array(width + 2 * reach);
  const beside = Array.from({ length: 2 * reach + 1 }, (_, at) => padded.subarray(at, at + width));
  const lines = Array.from({ length: height }, () => new Uint16Array(width));
  const sums = new Int32Array(width);
  for (const [y, line] of lines.entries()) {
    const start = y * width;
    padded.set(plane.subarray(start, start + width), reach);
    for (let x = 1; x <= reach; x++) {
      padded[reach - x] = plane[start + mirrored(-x, width)]!;
      padded[reach + width - 1 + x] = plane[start + mirrored(width - 1 + x, width)]!;
    }
    weigh(sums, weights, (step) => beside[reach + step]!);
    for (let x = 0; x < width; x++) line[x] = sums[x]! >> ROW_BITS;
  }
  const half = 1 << (WEIGHT_BITS + 7);
  for (let y = 0; y < height; y++) {
    weigh(sums, weights, (step) => lines[mirrored(y + step, height)]!);
    for (let x = 0; x < width; x++) plane[y * width + x] = (sums[x]! + half) >> (WEIGHT_BITS + 8);
  }
}

/** The middle weight and those to one side, together with their mirror images 2^14. The middle one is even. */
function kernel(sigma: number): Int32Array {
  const reach = Math.max(1, Math.ceil(REACH * sigma));
  const parts = Array.from({ length: reach + 1 }, (_, x) => Math.exp(-0.5 * (x / sigma) ** 2));
  const total = parts.reduce((sum, part, x) => sum + (x === 0 ? part : 2 * part), 0);
  const weights = Int32Array.from(parts, (part) => Math.round((part / total) * 2 ** WEIGHT_BITS));
  // What rounding took or gave belongs to the middle, so that flat areas keep their value.
  weights[0] = 2 ** WEIGHT_BITS - 2 * weights.subarray(1).reduce((sum, weight) => sum + weight, 0);
  return weights;
}

function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within;
}

/** Sums of a line and of those so many steps before and after it, each with its weight. */
function weigh(sums: Int32Array, weights: Int32Array, line: (step: number) => Uint16Array): void {
  sums.fill(0);
  add(sums, line(0), line(0), weights[0]! / 2, line(-1), line(1), weights[1]!);
  for (let step = 2; step < weights.length; step += 2) {
    const next = Math.min(step + 1, weights.length - 1);
    const ofNext = next > step ? weights[next]! : 0;
    add(sums, line(-step), line(step), weights[step]!, line(-next), line(next), ofNext);
  }
}

/** Two pairs of lines at a time: sums are read and written half as often. */
function add(
  sums: Int32Array,
  before: Uint16Array,
  after: Uint16Array,
  weight: number,
  outerBefore: Uint16Array,
  outerAfter: Uint16Array,
  outerWeight: number,
): void {
  for (let x = 0; x < sums.length; x++) {
    const inner = (before[x]! + after[x]!) * weight;
    sums[x] = sums[x]! + inner + (outerBefore[x]! + outerAfter[x]!) * outerWeight;
  }
}
