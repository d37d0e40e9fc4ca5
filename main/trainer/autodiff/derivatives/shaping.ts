import { int, intAttribute, ints, intsAttribute, stringAttribute } from '../../graph/attributes.ts';
import { slicedLength, sliceRange } from '../../graph/inference/slice.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';
import { placeAxis, reversedAxis, sliceAxis } from './placing.ts';

/** Derivatives of operators that only move elements. */
export function registerShaping(): void {
  for (const operator of ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']) {
    registerDerivative(operator, (at) => [at.reshape(at.dy, at.dims(at.input(0)))]);
  }
  registerDerivative('Expand', (at) => [at.sumTo(at.dy, at.dims(at.input(0)))]);
  registerDerivative('Tile', tile);
  registerDerivative('Transpose', transpose);
  registerDerivative('Concat', concat);
  registerDerivative('Split', split);
  registerDerivative('Slice', slice);
  registerDerivative('DepthToSpace', depthToSpace);
  registerDerivative('SpaceToDepth', spaceToDepth);
}

/** The sum over all copies. */
function tile(at: DerivativeContext): readonly string[] {
  const dims = at.dims(at.input(0));
  const copies = at.dims(at.y);
  const apart = at.reshape(
    at.dy,
    dims.flatMap((length, axis) => [copies[axis]! / length, length]),
  );
  const axes = dims.map((_, axis) => 2 * axis);
  return [at.reshape(at.overAxes('ReduceSum', apart, axes), dims)];
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
    (output, index) => at.outputGradients[index] ?? at.zeros(at.dims(output)),
  );
  return [at.emit('Concat', parts, { axis: int(axis) })];
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
    const count = slicedLength(part);
    const backwards = part.step < 0;
    const start = backwards ? part.start + (count - 1) * part.step : part.start;
    const forwards = backwards ? reversedAxis(at, gradient, axis) : gradient;
    gradient = placeAxis(at, forwards, axis, { start, step: Math.abs(part.step), length: dims[axis]! });
  }
  return [gradient];
}

/** Blocks of pixels become channels again. */
function depthToSpace(at: DerivativeContext): readonly string[] {
  const size = intAttribute(at.node, 'blocksize', 1);
  const [batch, channels, height, width] = at.dims(at.y) as [number, number, number, number];
  const apart = at.reshape(at.dy, [batch, channels, height / size, size, width / size, size]);
  const columnsFirst = stringAttribute(at.node, 'mode', 'DCR') === 'CRD';
  const moved = at.emit('Transpose', [apart], {
    perm: ints(columnsFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]),
  });
  return [at.reshape(moved, at.dims(at.input(0)))];
}

function spaceToDepth(at: DerivativeContext): readonly string[] {
  const size = intAttribute(at.node, 'blocksize', 1);
  const [batch, channels, height, width] = at.dims(at.input(0)) as [number, number, number, number];
  const apart = at.reshape(at.dy, [batch, size, size, channels, height / size, width / size]);
  const moved = at.emit('Transpose', [apart], { perm: ints([0, 3, 4, 1, 5, 2]) });
  return [at.reshape(moved, [batch, channels, height, width])];
}
