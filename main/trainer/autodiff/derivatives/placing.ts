import { tensor } from '../../graph/tensor.ts';
import type { DerivativeContext } from '../registry.ts';

/** The part [start, end) of one axis; the value itself where that is all of it. */
export function sliceAxis(
  at: DerivativeContext,
  value: string,
  axis: number,
  start: number,
  end: number,
): string {
  const { builder } = at;
  if (start === 0 && end === at.dims(value)[axis]) return value;
  return at.emit('Slice', [value, builder.ints([start]), builder.ints([end]), builder.ints([axis])]);
}

/** Zeros before and after one axis. */
export function padAxis(
  at: DerivativeContext,
  value: string,
  axis: number,
  before: number,
  after: number,
): string {
  if (before === 0 && after === 0) return value;
  const rank = at.dims(value).length;
  const pads = Array.from({ length: 2 * rank }, (_, index) =>
    index === axis ? before : index === axis + rank ? after : 0,
  );
  return at.emit('Pad', [value, at.builder.ints(pads)]);
}

/** An axis from its end to its start. */
export function reversedAxis(at: DerivativeContext, value: string, axis: number): string {
  const { builder } = at;
  const bounds = [-1, -(2 ** 31), axis, -1].map((bound) => builder.ints([bound]));
  return at.dims(value)[axis] === 1 ? value : at.emit('Slice', [value, ...bounds]);
}

/** An evenly spaced part of an axis. */
export interface SpacedPart {
  readonly start: number;
  /** Positive. */
  readonly step: number;
  /** Length of the whole axis. */
  readonly length: number;
}

/** Puts the gradient of an evenly spaced part of an axis back in its place, with zeros everywhere else. */
export function placeAxis(
  at: DerivativeContext,
  value: string,
  axis: number,
  { start, step, length }: SpacedPart,
): string {
  const dims = at.dims(value);
  const count = dims[axis]!;
  let stuffed = value;
  if (step > 1) {
    const apart = at.reshape(value, [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)]);
    const padded = padAxis(at, apart, axis + 1, 0, step - 1);
    stuffed = at.reshape(
      padded,
      dims.map((dim, other) => (other === axis ? dim * step : dim)),
    );
  }
  const after = length - start - count * step;
  const fitting = after < 0 ? sliceAxis(at, stuffed, axis, 0, length - start) : stuffed;
  return padAxis(at, fitting, axis, start, Math.max(after, 0));
}

/** Reads one axis by a fixed list of places. */
export function gatherAxis(
  at: DerivativeContext,
  value: string,
  axis: number,
  places: readonly number[],
): string {
  const indices = at.builder.constant(tensor('int64', [places.length], BigInt64Array.from(places, BigInt)));
  return at.emit('Gather', [value, indices], { axis: { type: 'int', value: axis } });
}
