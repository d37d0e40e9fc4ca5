import { NetworkError } from '../errors.ts';
import { normaliseAxis } from '../shapes.ts';
import { tensorInts } from '../tensor.ts';
import type { Dim, Node, Tensor } from '../types.ts';

/** The part of an axis a Slice takes, with negative and too large bounds resolved; `end` is exclusive. */
export interface SlicedAxis {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** An end from here on means "to the end" whatever the length: exporters write the largest int32 or int64. */
const ENDLESS = 2 ** 31 - 1;

/** Per sliced axis its range, undefined for axes left whole; null where bounds are computed or the axis has no number. */
export function sliceRange(
  node: Node,
  dims: readonly Dim[],
  constant: (index: number) => Tensor | undefined,
): readonly (SlicedAxis | undefined)[] | null {
  const read = (index: number) => {
    const value = constant(index);
    return value && tensorInts(value);
  };
  const starts = read(1);
  const ends = read(2);
  if (!starts || !ends) return null;
  const axes = node.inputs[3] ? read(3) : starts.map((_, axis) => axis);
  const steps = node.inputs[4] ? read(4) : starts.map(() => 1);
  if (!axes || !steps) return null;
  const range: (SlicedAxis | undefined)[] = dims.map(() => undefined);
  for (const [at, given] of axes.entries()) {
    const axis = normaliseAxis(given, dims.length, node.name);
    const length = dims[axis]!;
    if (typeof length !== 'number') {
      if (starts[at] === 0 && ends[at]! >= ENDLESS && steps[at] === 1) continue;
      return null;
    }
    range[axis] = resolve(starts[at]!, ends[at]!, steps[at]!, length, node);
  }
  return range;
}

function resolve(start: number, end: number, step: number, length: number, node: Node): SlicedAxis {
  if (step === 0)
    throw new NetworkError('INVALID_GRAPH', `Slice "${node.name}" has step 0.`, {
      operator: 'Slice',
      node: node.name,
    });
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? length : length - 1;
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, low), high);
  return { start: clamp(start), end: clamp(end), step };
}

/** Number of elements a resolved range takes. */
export function slicedLength({ start, end, step }: SlicedAxis): number {
  return Math.max(0, Math.ceil((end - start) / step));
}
