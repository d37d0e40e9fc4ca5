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
  const padded = new Int32Array(width + 2 * reach);
  const rows = new Uint16Array(plane.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    padded.set(plane.subarray(start, start + width), reach);
    for (let x = 1; x <= reach; x++) {
      padded[reach - x] = plane[start + mirrored(-x, width)]!;
      padded[reach + width - 1 + x] = plane[start + mirrored(width - 1 + x, width)]!;
    }
    sumAlong(padded, weights, rows, start, width);
  }
  const lines = Array.from({ length: height }, (_, y) => rows.subarray(y * width, (y + 1) * width));
  const sums = new Int32Array(width);
  const half = 1 << (WEIGHT_BITS + 7);
  for (let y = 0; y < height; y++) {
    weighted(sums, lines[y]!, lines[y]!, weights[0]! / 2);
    for (let step = 1; step <= reach; step++) {
      add(sums, lines[mirrored(y - step, height)]!, lines[mirrored(y + step, height)]!, weights[step]!);
    }
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

function sumAlong(
  padded: Int32Array,
  weights: Int32Array,
  rows: Uint16Array,
  start: number,
  width: number,
): void {
  const reach = weights.length - 1;
  const middle = weights[0]!;
  for (let x = 0; x < width; x++) {
    let sum = padded[x + reach]! * middle;
    for (let step = 1; step <= reach; step++) {
      sum += weights[step]! * (padded[x + reach - step]! + padded[x + reach + step]!);
    }
    rows[start + x] = sum >> ROW_BITS;
  }
}

function weighted(sums: Int32Array, one: Uint16Array, other: Uint16Array, weight: number): void {
  for (let x = 0; x < sums.length; x++) sums[x] = (one[x]! + other[x]!) * weight;
}

function add(sums: Int32Array, one: Uint16Array, other: Uint16Array, weight: number): void {
  for (let x = 0; x < sums.length; x++) sums[x] = sums[x]! + (one[x]! + other[x]!) * weight;
}
