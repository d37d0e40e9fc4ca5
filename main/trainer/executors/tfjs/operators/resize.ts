import { interpolationMatrix, type ResizedAxis } from '../../../autodiff/derivatives/interpolation.ts';
import { intsAttribute, stringAttribute } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { inOrder, type Order, placeOf } from '../order.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** Plan of resizing. TensorFlow.js's own kernels know neither antialiasing nor cubic interpolation, nor ONNX's coordinates. */
export const resizePlanners: Readonly<Record<string, Planner>> = { Resize: resize };

interface NumberedAxis extends ResizedAxis {
  readonly axis: number;
}

/** Resizing is linear and separable: along each axis it is a product with the interpolation matrix. */
function resize(at: NodeContext): void {
  if (stringAttribute(at.node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw at.refuse('it keeps the aspect ratio');
  const { slots, order } = at.aligned([at.name(0)]);
  // The axis that shrinks most comes first: the others then have less to do.
  const axes = resizedAxes(at).sort((left, right) => left.to / left.from - right.to / right.from);
  let dims = [...at.dims(0)];
  let slot = slots[0]!;
  for (const axis of axes) {
    slot = along(at, slot, inOrder(dims, order), axis, order);
    dims = dims.map((length, each) => (each === axis.axis ? axis.to : length));
  }
  at.result(axes.length === 0 ? at.unary('Identity', slot) : slot, order);
}

function resizedAxes(at: NodeContext): NumberedAxis[] {
  const [from, to] = [at.dims(0), at.resultDims()];
  const listed =
    intsAttribute(at.node, 'axes')?.map((axis) => normaliseAxis(axis, from.length, at.node.name)) ??
    from.map((_, axis) => axis);
  const scales = at.constant(2);
  return listed.flatMap((axis, index) => {
    const given = at.has(3) ? undefined : scales?.data[index];
    const scale = given === undefined ? to[axis]! / from[axis]! : Number(given);
    return scale === 1 && from[axis] === to[axis] ? [] : [{ axis, from: from[axis]!, to: to[axis]!, scale }];
  });
}

function along(at: NodeContext, x: Slot, dims: readonly number[], axis: NumberedAxis, order: Order): Slot {
  const data = interpolationMatrix(at.node, axis);
  if (data === undefined) throw at.refuse('its coordinates come from a region of interest');
  const place = placeOf(axis.axis, order);
  const [outer, inner] = [elementCount(dims.slice(0, place)), elementCount(dims.slice(place + 1))];
  const matrix = at.plan.constant({ dtype: 'float32', dims: [axis.to, axis.from], data });
  const result = dims.map((length, each) => (each === place ? axis.to : length));
  if (inner === 1) {
    const rows = at.plan.reshape(x, [outer, axis.from]);
    const product = at.kernel('BatchMatMul', { a: rows, b: matrix }, { transposeA: false, transposeB: true });
    return at.plan.reshape(product, result);
  }
  const planes = at.plan.reshape(x, [outer, axis.from, inner]);
  const shared = at.plan.reshape(matrix, [1, axis.to, axis.from]);
  const product = at.kernel(
    'BatchMatMul',
    { a: shared, b: planes },
    { transposeA: false, transposeB: false },
  );
  return at.plan.reshape(product, result);
}
