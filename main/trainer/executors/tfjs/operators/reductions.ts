import { intAttribute } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount, tensorInts } from '../../../graph/tensor.ts';
import { inOrder, type Order, placeOf, plainOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** What is reduced: a value as it lies in memory. */
interface Laid {
  readonly slot: Slot;
  readonly dims: readonly number[];
}

type Reduction = (at: NodeContext, x: Laid, axes: readonly number[]) => Slot;

/** Plans of sums, means, extremes and softmax. */
export const reductionPlanners: Readonly<Record<string, Planner>> = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((at, x, axes) => at.unary('Mean', x.slot, { axis: [...axes], keepDims: true })),
  ReduceMax: reduction((at, x, axes) =>
    at.unary('Max', x.slot, { reductionIndices: [...axes], keepDims: true }),
  ),
  ReduceMin: reduction((at, x, axes) => at.unary('Min', x.slot, { axis: [...axes], keepDims: true })),
  ReduceProd: reduction((at, x, axes) => at.unary('Prod', x.slot, { axis: [...axes], keepDims: true })),
  ReduceL1: reduction((at, x, axes) => sum(at, { ...x, slot: at.unary('Abs', x.slot) }, axes)),
  ReduceL2: reduction((at, x, axes) => at.unary('Sqrt', sumOfSquares(at, x, axes))),
  ReduceSumSquare: reduction(sumOfSquares),
  ReduceLogSumExp: reduction(logSumExp),
  CumSum: cumulativeSum,
  Softmax: (at) => alongAxis(at, (x) => at.kernel('Softmax', { logits: x.slot }, { dim: x.dims.length - 1 })),
  LogSoftmax: (at) => alongAxis(at, (x) => logSoftmax(at, x)),
};

/** The axes of a reduction node, made positive. */
function reducedAxes(at: NodeContext): readonly number[] {
  const rank = at.dims(0).length;
  const all = plainOrder(rank);
  if (!at.has(1)) return intAttribute(at.node, 'noop_with_empty_axes', 0) ? [] : all;
  const given = at.constant(1);
  if (given === undefined) throw at.refuse('its axes are computed');
  const axes = tensorInts(given).map((axis) => normaliseAxis(axis, rank, at.node.name));
  return axes.length === 0 && !intAttribute(at.node, 'noop_with_empty_axes', 0) ? all : axes;
}

/** Reduces in whatever order the value lies; what is left over is small and is turned back where axes vanish. */
function reduction(compute: Reduction): Planner {
  return (at) => {
    const dims = at.dims(0);
    const axes = reducedAxes(at);
    const { slots, order } = at.aligned([at.name(0)]);
    if (axes.length === 0) {
      at.result(at.unary('Identity', slots[0]!), order);
      return;
    }
    const places = axes.map((axis) => placeOf(axis, order)).sort((a, b) => a - b);
    const reduced = compute(at, { slot: slots[0]!, dims: inOrder(dims, order) }, places);
    const kept = dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
    if (intAttribute(at.node, 'keepdims', 1) !== 0) at.result(reduced, order);
    else at.result(at.plan.reshape(at.plan.restored(reduced, kept, order), at.resultDims()));
  };
}

function sum(at: NodeContext, x: Laid, axes: readonly number[]): Slot {
  const rank = x.dims.length;
  const leading = axes.length === rank - 1 && axes.every((axis, index) => axis === index);
  const kept = x.dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const { operations } = at.device;
  if (!leading || rank < 2 || at.dtype(0) !== 'float32')
    return at.unary('Sum', x.slot, { axis: [...axes], keepDims: true });
  if (operations) return at.plan.reshape(at.plan.step([x.slot], operations.sumRows()), kept);
  const columns = x.dims[rank - 1]!;
  const rows = elementCount(x.dims) / columns;
  const ones = at.plan.constant({ dtype: 'float32', dims: [1, rows], data: new Float32Array(rows).fill(1) });
  const matrix = at.plan.reshape(x.slot, [rows, columns]);
  // Reductions over leading axes transpose first; a product with ones does not.
  return at.plan.reshape(
    at.kernel('BatchMatMul', { a: ones, b: matrix }, { transposeA: false, transposeB: false }),
    kept,
  );
}

function cumulativeSum(at: NodeContext): void {
  const along = at.constant(1);
  if (along === undefined) throw at.refuse('its axis is computed');
  const axis = normaliseAxis(tensorInts(along)[0]!, at.dims(0).length, at.node.name);
  const { slots, order } = at.aligned([at.name(0)]);
  const set = (name: string) => intAttribute(at.node, name, 0) !== 0;
  const settings = { axis: placeOf(axis, order), exclusive: set('exclusive'), reverse: set('reverse') };
  at.result(at.unary('Cumsum', slots[0]!, settings), order);
}

function sumOfSquares(at: NodeContext, x: Laid, axes: readonly number[]): Slot {
  return sum(at, { ...x, slot: at.binary('Multiply', x.slot, x.slot) }, axes);
}

function logSumExp(at: NodeContext, x: Laid, axes: readonly number[]): Slot {
  const most = at.unary('Max', x.slot, { reductionIndices: [...axes], keepDims: true });
  const exponentials = at.unary('Exp', at.binary('Sub', x.slot, most));
  return at.binary('Add', most, at.unary('Log', sum(at, { ...x, slot: exponentials }, axes)));
}

/** Computes along one axis, brought to the end of memory. */
function alongAxis(at: NodeContext, compute: (x: Laid) => Slot): void {
  const dims = at.dims(0);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', -1), dims.length, at.node.name);
  const ready = at.plan.ordersOf(at.name(0)).find((order) => order.at(-1) === axis);
  const order: Order = ready ?? [...plainOrder(dims.length).filter((each) => each !== axis), axis];
  at.result(compute({ slot: at.take(0, order), dims: inOrder(dims, order) }), order);
}

function logSoftmax(at: NodeContext, x: Laid): Slot {
  const { operations } = at.device;
  if (operations) return at.plan.step([x.slot], operations.logSoftmax());
  const axis = [x.dims.length - 1];
  const shifted = at.binary(
    'Sub',
    x.slot,
    at.unary('Max', x.slot, { reductionIndices: axis, keepDims: true }),
  );
  const total = at.unary('Sum', at.unary('Exp', shifted), { axis, keepDims: true });
  return at.binary('Sub', shifted, at.unary('Log', total));
}
