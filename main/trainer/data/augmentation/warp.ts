import type { Matrix, Size } from './matrix.ts';

/** A run's shape and the colour of what lies outside an image: red, green, blue, 0…255, rounded where it is drawn. */
export interface Canvas extends Size {
  readonly mean: readonly [number, number, number];
}

/** Fixed point: pixel positions have 20 fractional bits, of which the upper ten weigh neighbours. Sides ≤ 2047. */
const POSITION_BITS = 20;
const WEIGHT_BITS = 10;
const WEIGHT = 2 ** WEIGHT_BITS;
const WEIGHT_MASK = WEIGHT - 1;
const TO_WEIGHT = POSITION_BITS - WEIGHT_BITS;
const FRACTION_MASK = 2 ** POSITION_BITS - 1;
const HALF = 2 ** (2 * WEIGHT_BITS - 1);

/**
 * Draws uint8 planes [3, height, width] through a map from the view to the picture. Copies of whole pixels (mirrored,
 * turned by quarters) are exact; all others are sampled bilinearly as PIL does: a pixel whose source lies within
 * the picture is drawn, neighbours beyond the edge are those at the edge, the rest has the mean colour.
 */
export function warpPlanes(
  source: Uint8Array,
  canvas: Canvas,
  warp: Matrix,
  target: Uint8Array,
  offset: number,
): void {
  if (isCopy(warp)) copyPlanes(source, canvas, warp, target, offset);
  else samplePlanes(source, canvas, warp, target, offset);
}

/** Whether each pixel of the view is one pixel of the picture. */
function isCopy([a, b, c, d, e, f, g, h]: Matrix): boolean {
  const isUnit = (value: number) => value === 1 || value === -1;
  const straight = isUnit(a) && isUnit(e) && b === 0 && d === 0;
  const turned = isUnit(b) && isUnit(d) && a === 0 && e === 0;
  return (straight || turned) && g === 0 && h === 0 && Number.isInteger(c) && Number.isInteger(f);
}

function copyPlanes(
  source: Uint8Array,
  canvas: Canvas,
  [a, b, c, d, e, f]: Matrix,
  target: Uint8Array,
  offset: number,
): void {
  const { width, height } = canvas;
  const mean = canvas.mean.map(Math.round);
  // Position of the first pixel's source, and how far the next one to the right and the next one below are from it.
  const startX = c + (a + b - 1) / 2;
  const startY = f + (d + e - 1) / 2;
  const area = width * height;
  const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height;
  const right = width - 1;
  for (let row = 0; row < height; row++) {
    const x = startX + b * row;
    const y = startY + e * row;
    const to = offset + row * width;
    const whole = isInside(x, y) && isInside(x + a * right, y + d * right);
    for (let plane = 0; plane < 3; plane++) {
      const from = plane * area + y * width + x;
      const at = to + plane * area;
      if (whole && a === 1) target.set(source.subarray(from, from + width), at);
      else if (whole) {
        const step = a + d * width;
        for (let column = 0; column < width; column++) target[at + column] = source[from + column * step]!;
      } else {
        for (let column = 0; column < width; column++) {
          const inside = isInside(x + a * column, y + d * column);
          target[at + column] = inside ? source[from + column * (a + d * width)]! : mean[plane]!;
        }
      }
    }
  }
}

function samplePlanes(
  source: Uint8Array,
  canvas: Canvas,
  warp: Matrix,
  target: Uint8Array,
  offset: number,
): void {
  const { width, height } = canvas;
  const mean = canvas.mean.map(Math.round);
  const area = width * height;
  const row = { first: 0, last: 0, index: new Int32Array(width), weights: new Int32Array(width) };
  const place = warp[6] === 0 && warp[7] === 0 ? placeAffine : placeProjective;
  for (let y = 0; y < height; y++) {
    place(row, canvas, warp, y);
    const at = offset + y * width;
    for (let plane = 0; plane < 3; plane++) {
      const start = at + plane * area;
      target.fill(mean[plane]!, start, start + row.first);
      target.fill(mean[plane]!, start + row.last, start + width);
    }
    sampleRow(source, canvas, row, target, at);
  }
}

/** Where the pixels of one row of the view come from: those from `first` up to `last` lie within the picture. */
interface Row {
  first: number;
  last: number;
  /** Index of the upper left of the four neighbours. */
  readonly index: Int32Array;
  /** Weight of the right neighbours, 0…1023, and in the ten bits below it that of the lower ones. */
  readonly weights: Int32Array;
}

/**
 * Draws one row, three channels to a pixel; most of a view's time is spent here. The masks are there for the
 * compiler, which then knows that no product needs more than 31 bits.
 */
function sampleRow(
  source: Uint8Array,
  { width, height }: Size,
  { first, last, index, weights }: Row,
  target: Uint8Array,
  at: number,
): void {
  const area = width * height;
  for (let x = first; x < last; x++) {
    const toRight = (weights[x]! >> WEIGHT_BITS) & WEIGHT_MASK;
    const toBelow = weights[x]! & WEIGHT_MASK;
    let from = index[x]!;
    let to = at + x;
    // Written out three times: as a loop over channels or as a function it takes half as long again.
    let upper = source[from]!;
    let lower = source[from + width]!;
    let top = (upper << WEIGHT_BITS) + (source[from + 1]! - upper) * toRight;
    let bottom = (lower << WEIGHT_BITS) + (source[from + width + 1]! - lower) * toRight;
    target[to] = ((top << WEIGHT_BITS) + (bottom - top) * toBelow + HALF) >> (2 * WEIGHT_BITS);
    from += area;
    to += area;
    upper = source[from]!;
    lower = source[from + width]!;
    top = (upper << WEIGHT_BITS) + (source[from + 1]! - upper) * toRight;
    bottom = (lower << WEIGHT_BITS) + (source[from + width + 1]! - lower) * toRight;
    target[to] = ((top << WEIGHT_BITS) + (bottom - top) * toBelow + HALF) >> (2 * WEIGHT_BITS);
    from += area;
    to += area;
    upper = source[from]!;
    lower = source[from + width]!;
    top = (upper << WEIGHT_BITS) + (source[from + 1]! - upper) * toRight;
    bottom = (lower << WEIGHT_BITS) + (source[from + width + 1]! - lower) * toRight;
    target[to] = ((top << WEIGHT_BITS) + (bottom - top) * toBelow + HALF) >> (2 * WEIGHT_BITS);
  }
}

/** Straight lines stay evenly spaced: positions are added up in fixed point. */
function placeAffine(row: Row, { width, height }: Size, warp: Matrix, y: number): void {
  const [a, b, c, d, e, f] = warp;
  const startX = a * 0.5 + b * (y + 0.5) + c;
  const startY = d * 0.5 + e * (y + 0.5) + f;
  const [firstX, lastX] = span(startX, a, width, width);
  const [firstY, lastY] = span(startY, d, height, width);
  const first = Math.min(width, Math.max(firstX, firstY));
  const last = Math.max(first, Math.min(lastX, lastY));
  row.first = first;
  row.last = last;
  const fixed = (value: number) => Math.round(value * 2 ** POSITION_BITS);
  const [stepX, stepY] = [fixed(a), fixed(d)];
  let positionX = fixed(startX - 0.5 + a * first);
  let positionY = fixed(startY - 0.5 + d * first);
  const mostX = ((width - 1) << POSITION_BITS) - 1;
  const mostY = ((height - 1) << POSITION_BITS) - 1;
  const { index, weights } = row;
  for (let x = first; x < last; x++) {
    // Beyond the outermost centres the outermost pixel goes on.
    const inX = Math.max(0, Math.min(positionX, mostX));
    const inY = Math.max(0, Math.min(positionY, mostY));
    index[x] = Math.imul(inY >> POSITION_BITS, width) + (inX >> POSITION_BITS);
    weights[x] = (inX & FRACTION_MASK & ~WEIGHT_MASK) | ((inY >> TO_WEIGHT) & WEIGHT_MASK);
    positionX = (positionX + stepX) | 0;
    positionY = (positionY + stepY) | 0;
  }
}

/** The pixels x of a row with 0 ≤ start + step·x < limit: from the first up to the last, which is not among them. */
function span(start: number, step: number, limit: number, width: number): readonly [number, number] {
  const isInside = (x: number) => start + step * x >= 0 && start + step * x < limit;
  if (step === 0) return start >= 0 && start < limit ? [0, width] : [0, 0];
  const [zero, end] = [-start / step, (limit - start) / step];
  let first = Math.max(0, Math.floor(Math.min(zero, end)) - 1);
  let last = Math.min(width, Math.ceil(Math.max(zero, end)) + 1);
  while (first < last && !isInside(first)) first++;
  while (last > first && !isInside(last - 1)) last--;
  return [first, last];
}

/** Places of a projective map need a division each. The picture is convex, so what is inside is one stretch. */
function placeProjective(row: Row, { width, height }: Size, warp: Matrix, y: number): void {
  const [a, b, c, d, e, f, g, h, i] = warp;
  const { index, weights } = row;
  const line = y + 0.5;
  const [startX, startY, startDepth] = [b * line + c, e * line + f, h * line + i];
  const [mostX, mostY] = [width - 1 - 1 / WEIGHT, height - 1 - 1 / WEIGHT];
  let first = -1;
  let last = 0;
  for (let x = 0; x < width; x++) {
    const centre = x + 0.5;
    const depth = g * centre + startDepth;
    const scale = 1 / depth;
    const sourceX = (a * centre + startX) * scale;
    const sourceY = (d * centre + startY) * scale;
    // Behind the eye nothing is seen.
    if (!(depth > 0 && sourceX >= 0 && sourceY >= 0 && sourceX < width && sourceY < height)) continue;
    if (first < 0) first = x;
    last = x + 1;
    const inX = (Math.max(0, Math.min(sourceX - 0.5, mostX)) * WEIGHT) | 0;
    const inY = (Math.max(0, Math.min(sourceY - 0.5, mostY)) * WEIGHT) | 0;
    index[x] = Math.imul(inY >> WEIGHT_BITS, width) + (inX >> WEIGHT_BITS);
    weights[x] = ((inX & WEIGHT_MASK) << WEIGHT_BITS) | (inY & WEIGHT_MASK);
  }
  row.first = Math.max(first, 0);
  row.last = Math.max(last, row.first);
}
