import { int, intAttribute, ints, intsAttribute, stringAttribute } from '../../graph/attributes.ts';
import { sliceRange } from '../../graph/inference/slice.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { tensorInts, zeros } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of operators that only move elements. */
export function registerShaping(): void {
  for (const operator of ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']) {
    registerDerivative(operator, (at) => [at.reshape(at.dy, at.dims(at.input(0)))]);
  }
  registerDerivative('Expand', (at) => [at.sumTo(at.dy, at.dims(at.input(0)))]);
  registerDerivative('Transpose', transpose);
  registerDerivative('Concat', concat);
  registerDerivative('Split', split);
  registerDerivative('Slice', slice);
  registerDerivative('Pad', pad);
}

function transpose(at: DerivativeContext): readonly string[] {
  const rank = at.dims(at.input(0)).length;
  const order = intsAttribute(at.node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const back = order.map((_, axis) => order.indexOf(axis));
  return [at.emit('Transpose', [at.dy], { perm: ints(back) })];
}

function concat(at: DerivativeContext): readonly (string | undefined)[] {
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), at.dims(at.y).length, at.node.name);
  let start = 0;
  return at.node.inputs.map((input, index) => {
    const end = start + at.dims(input)[axis]!;
    const part = at.needs(index) ? sliceAxis(at, at.dy, axis, start, end) : undefined;
    start = end;
    return part;
  });
}

function split(at: DerivativeContext): readonly string[] {
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), at.dims(at.input(0)).length, at.node.name);
  const parts = at.node.outputs.map(
    (output, index) => at.outputGradients[index] ?? at.builder.constant(zeros(at.dims(output))),
  );
  return [at.emit('Concat', parts, { axis: int(axis) })];
}

function sliceAxis(at: DerivativeContext, value: string, axis: number, start: number, end: number): string {
  const { builder } = at;
  return at.emit('Slice', [value, builder.ints([start]), builder.ints([end]), builder.ints([axis])]);
}

function slice(at: DerivativeContext): readonly string[] {
  const dims = at.dims(at.input(0));
  const range = sliceRange(at.node, dims, (index) =>
    at.builder.initializers.get(at.node.inputs[index] ?? ''),
  );
  if (range === null) throw at.refuse('its bounds are computed');
  let gradient = at.dy;
  for (const [axis, part] of range.entries()) {
    if (part === undefined) continue;
    if (part.step < 1) throw at.refuse('it runs backwards');
    gradient = unslice(at, gradient, axis, part.start, part.step, dims[axis]!);
  }
  return [gradient];
}

/** Puts a slice's gradient back in its place along one axis, with zeros everywhere else. */
function unslice(
  at: DerivativeContext,
  value: string,
  axis: number,
  start: number,
  step: number,
  length: number,
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
  return padAxis(
    at,
    after < 0 ? sliceAxis(at, stuffed, axis, 0, length - start) : stuffed,
    axis,
    start,
    Math.max(after, 0),
  );
}

function padAxis(at: DerivativeContext, value: string, axis: number, before: number, after: number): string {
  if (before === 0 && after === 0) return value;
  const rank = at.dims(value).length;
  const pads = Array.from({ length: 2 * rank }, (_, index) =>
    index === axis ? before : index === axis + rank ? after : 0,
  );
  return at.emit('Pad', [value, at.builder.ints(pads)]);
}

function pad(at: DerivativeContext): readonly string[] {
  if (stringAttribute(at.node, 'mode', 'constant') !== 'constant')
    throw at.refuse('only padding with a constant has a derivative here');
  const dims = at.dims(at.input(0));
  const given = at.builder.initializers.get(at.input(1));
  const listed = at.node.inputs[3] ? at.builder.initializers.get(at.node.inputs[3]) : undefined;
  if (given === undefined || (at.node.inputs[3] && listed === undefined))
    throw at.refuse('its amounts are computed');
  const pads = tensorInts(given);
  if (pads.some((amount) => amount < 0)) throw at.refuse('it crops');
  const axes = listed
    ? tensorInts(listed).map((axis) => normaliseAxis(axis, dims.length, at.node.name))
    : dims.map((_, axis) => axis);
  const { builder } = at;
  const starts = axes.map((_, index) => pads[index]!);
  const ends = axes.map((axis, index) => pads[index]! + dims[axis]!);
  return [at.emit('Slice', [at.dy, builder.ints(starts), builder.ints(ends), builder.ints(axes)])];
}
