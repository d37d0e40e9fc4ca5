import { intsAttribute, stringAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { elementCount, floatTensor } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';
import { interpolationMatrix, type ResizedAxis } from './interpolation.ts';

/** Derivative of resizing: along each axis the gradient is multiplied by the transposed interpolation matrix. */
export function registerResizing(): void {
  registerDerivative('Resize', resize);
}

function resize(at: DerivativeContext): readonly string[] {
  if (stringAttribute(at.node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw at.refuse('it keeps the aspect ratio');
  // The axis that shrinks most comes first: the others then have less to do.
  const axes = resizedAxes(at).sort((left, right) => left.from / left.to - right.from / right.to);
  return [axes.reduce((gradient, axis) => along(at, gradient, axis), at.dy)];
}

interface NumberedAxis extends ResizedAxis {
  readonly axis: number;
}

function resizedAxes(at: DerivativeContext): NumberedAxis[] {
  const from = at.dims(at.input(0));
  const to = at.dims(at.y);
  const listed =
    intsAttribute(at.node, 'axes')?.map((axis) => normaliseAxis(axis, from.length, at.node.name)) ??
    from.map((_, axis) => axis);
  const scales = at.builder.initializers.get(at.node.inputs[2] ?? '');
  return listed.flatMap((axis, index) => {
    const given = at.node.inputs[3] ? undefined : scales?.data[index];
    const scale = given === undefined ? to[axis]! / from[axis]! : Number(given);
    return scale === 1 && from[axis] === to[axis] ? [] : [{ axis, from: from[axis]!, to: to[axis]!, scale }];
  });
}

function along(at: DerivativeContext, gradient: string, resized: NumberedAxis): string {
  const { axis, from, to } = resized;
  const matrix = interpolationMatrix(at.node, resized);
  if (matrix === undefined) throw at.refuse('its coordinates come from a region of interest');
  const dims = at.dims(gradient);
  const result = dims.map((dim, other) => (other === axis ? from : dim));
  const [outer, inner] = [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis + 1))];
  if (repeats(matrix, resized)) {
    const blocks = at.reshape(gradient, [outer, from, to / from, inner]);
    return at.reshape(at.overAxes('ReduceSum', blocks, [2]), result);
  }
  if (inner === 1) {
    const weights = at.builder.constant(floatTensor([to, from], matrix), 'interpolation');
    return at.reshape(at.emit('MatMul', [at.reshape(gradient, [outer, to]), weights]), result);
  }
  const weights = at.builder.constant(floatTensor([from, to], transposed(matrix, resized)), 'interpolation');
  return at.reshape(at.emit('MatMul', [weights, at.reshape(gradient, [outer, to, inner])]), result);
}

/** Whether every element is simply repeated, as nearest neighbours by a whole factor are. */
function repeats(matrix: Float32Array, { from, to }: ResizedAxis): boolean {
  if (to % from !== 0) return false;
  return matrix.every(
    (weight, at) => weight === (Math.floor(Math.floor(at / from) / (to / from)) === at % from ? 1 : 0),
  );
}

function transposed(matrix: Float32Array, { from, to }: ResizedAxis): Float32Array {
  return Float32Array.from({ length: from * to }, (_, at) => matrix[(at % to) * from + Math.floor(at / to)]!);
}
