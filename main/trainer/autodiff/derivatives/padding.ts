import { stringAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';
import { padAxis, reversedAxis, sliceAxis } from './placing.ts';

/** Derivative of padding: what was written beside the input is added back to where it was taken from. */
export function registerPadding(): void {
  registerDerivative('Pad', pad);
}

function pad(at: DerivativeContext): readonly string[] {
  const dims = at.dims(at.input(0));
  const pads = at.constantInts(1, 'amounts')!;
  const axes =
    at.constantInts(3, 'axes')?.map((axis) => normaliseAxis(axis, dims.length, at.node.name)) ??
    dims.map((_, axis) => axis);
  const mode = stringAttribute(at.node, 'mode', 'constant');
  let gradient = at.dy;
  for (const [index, axis] of axes.entries()) {
    const [head, tail] = [pads[index]!, pads[index + axes.length]!];
    gradient = unpad(at, mode, { value: gradient, axis, head, tail });
  }
  return [gradient];
}

interface PaddedAxis {
  readonly value: string;
  readonly axis: number;
  /** Elements added before and after the axis; negative where it was cropped. */
  readonly head: number;
  readonly tail: number;
}

function unpad(at: DerivativeContext, mode: string, { value, axis, head, tail }: PaddedAxis): string {
  if (head === 0 && tail === 0) return value;
  const padded = at.dims(value)[axis]!;
  const length = padded - head - tail;
  const inner = sliceAxis(at, value, axis, Math.max(head, 0), padded - Math.max(tail, 0));
  let gradient = padAxis(at, inner, axis, Math.max(-head, 0), Math.max(-tail, 0));
  if (mode === 'constant') return gradient;
  if (head < 0 || tail < 0) throw at.refuse('it crops and mirrors at once');
  const back = (part: string, start: number) => {
    const placed = padAxis(at, part, axis, start, length - start - at.dims(part)[axis]!);
    gradient = at.emit('Add', [gradient, placed]);
  };
  if (head > 0) back(...source(at, mode, sliceAxis(at, value, axis, 0, head), axis, 'head', length));
  if (tail > 0)
    back(...source(at, mode, sliceAxis(at, value, axis, padded - tail, padded), axis, 'tail', length));
  return gradient;
}

/** A margin's gradient as it adds to the input, and the first element it adds to. */
function source(
  at: DerivativeContext,
  mode: string,
  margin: string,
  axis: number,
  side: 'head' | 'tail',
  length: number,
): [string, number] {
  const size = at.dims(margin)[axis]!;
  if (mode === 'edge') return [at.overAxes('ReduceSum', margin, [axis]), side === 'head' ? 0 : length - 1];
  if (size > (mode === 'wrap' ? length : length - 1)) throw at.refuse('its margin is larger than its input');
  if (mode === 'reflect') return [reversedAxis(at, margin, axis), side === 'head' ? 1 : length - 1 - size];
  if (mode === 'wrap') return [margin, side === 'head' ? length - size : 0];
  throw at.refuse(`its mode is ${mode}`);
}
