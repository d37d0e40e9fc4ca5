import { intAttribute, intsAttribute, stringAttribute, tensorAttribute } from '../../../graph/attributes.ts';
import { slicedLength, sliceRange } from '../../../graph/inference/slice.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount, intsTensor, tensorInts } from '../../../graph/tensor.ts';
import { imageOrder, inOrder, isPlain, placeOf, plainOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';
import { concatenated, stridedSlice } from './dense.ts';
import { broadcast } from './elementwise.ts';

/** Plans of operators that only move elements. */
export const shapingPlanners: Readonly<Record<string, Planner>> = {
  ...Object.fromEntries(
    ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((operator) => [operator, reshape]),
  ),
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: expand,
  Tile: tile,
  Shape: (at) => at.result(at.plan.constant(intsTensor(at.dims(0)))),
  Size: (at) => at.result(at.plan.reshape(at.plan.constant(intsTensor([elementCount(at.dims(0))])), [])),
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};

function reshape(at: NodeContext): void {
  at.result(at.plan.reshape(at.plain(0), at.resultDims()));
}

/** Costs nothing: the numbers stay where they are, and the axes are called by other names. */
function transpose(at: NodeContext): void {
  const rank = at.dims(0).length;
  const perm = intsAttribute(at.node, 'perm') ?? plainOrder(rank).toReversed();
  const orders = at.plan.ordersOf(at.name(0));
  const renamed = (orders.length === 0 ? [plainOrder(rank)] : orders).map((order) => ({
    from: order,
    to: order.map((axis) => perm.indexOf(axis)),
  }));
  for (const { from, to } of renamed) at.result(at.take(0, from), to);
}

function concat(at: NodeContext): void {
  const names = at.node.inputs;
  const { slots, order } = at.aligned(names);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), order.length, at.node.name);
  // Values of one element come as they are, whatever the order; their shape is all ones either way.
  at.result(
    slots.length === 1 ? at.unary('Identity', slots[0]!) : concatenated(at, slots, placeOf(axis, order)),
    order,
  );
}

function split(at: NodeContext): void {
  const { slots, order } = at.aligned([at.name(0)]);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), order.length, at.node.name);
  let start = 0;
  for (const index of at.node.outputs.keys()) {
    const dims = at.resultDims(index);
    const begin = order.map((each) => (each === axis ? start : 0));
    at.result(at.unary('Slice', slots[0]!, { begin, size: [...inOrder(dims, order)] }), order, index);
    start += dims[axis]!;
  }
}

function slice(at: NodeContext): void {
  const dims = at.dims(0);
  const range = sliceRange(at.node, dims, (index) => at.constant(index));
  if (range === null) throw at.refuse('its bounds are computed');
  const { slots, order } = at.aligned([at.name(0)]);
  const parts = order.map((axis) => range[axis] ?? { start: 0, end: dims[axis]!, step: 1 });
  const backwards = parts.flatMap(({ step }, place) => (step < 0 ? [place] : []));
  const source = backwards.length === 0 ? slots[0]! : at.unary('Reverse', slots[0]!, { dims: backwards });
  const forwards = parts.map((part, place) => {
    const count = slicedLength(part);
    const step = Math.abs(part.step);
    const begin = part.step < 0 ? dims[order[place]!]! - 1 - part.start : part.start;
    return { begin, end: begin + (count - 1) * step + 1, step: count === 1 ? 1 : step };
  });
  const sliced = stridedSlice(
    at,
    source,
    forwards.map((part) => part.begin),
    forwards.map((part) => part.end),
    forwards.map((part) => part.step),
  );
  at.result(sliced, order);
}

function pad(at: NodeContext): void {
  const dims = at.dims(0);
  const given = at.constant(1);
  const listed = at.constant(3);
  const value = at.constant(2)?.data[0];
  if (given === undefined || (at.has(3) && listed === undefined)) throw at.refuse('its amounts are computed');
  if (at.has(2) && value === undefined) throw at.refuse('what it pads with is computed');
  const amounts = tensorInts(given);
  const axes = listed
    ? tensorInts(listed).map((axis) => normaliseAxis(axis, dims.length, at.node.name))
    : plainOrder(dims.length);
  const { slots, order } = at.aligned([at.name(0)]);
  const around = order.map((axis) => {
    const index = axes.indexOf(axis);
    return index < 0 ? ([0, 0] as const) : ([amounts[index]!, amounts[index + axes.length]!] as const);
  });
  if (stringAttribute(at.node, 'mode', 'constant') !== 'constant') {
    at.result(repeatedAround(at, slots[0]!, inOrder(dims, order), around), order);
    return;
  }
  const kept = cropped(at, slots[0]!, inOrder(dims, order), around);
  const paddings = around.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)]);
  at.result(at.unary('PadV2', kept, { paddings, constantValue: Number(value ?? 0) }), order);
}

/** Where the element lies that stands at a place outside [0, length). */
const sources: Readonly<Record<string, (place: number, length: number) => number>> = {
  edge: (place, length) => Math.min(Math.max(place, 0), length - 1),
  reflect: (place, length) => {
    const period = Math.max(2 * (length - 1), 1);
    const folded = ((place % period) + period) % period;
    return folded < length ? folded : period - folded;
  },
  wrap: (place, length) => ((place % length) + length) % length,
};

/** Padding with what is there already: along each axis, elements picked by their places. */
function repeatedAround(
  at: NodeContext,
  x: Slot,
  dims: readonly number[],
  around: readonly (readonly [number, number])[],
): Slot {
  const mode = stringAttribute(at.node, 'mode', 'constant');
  const source = sources[mode];
  if (source === undefined) throw at.refuse(`it pads by the rule "${mode}"`);
  let padded = at.unary('Identity', x);
  for (const [axis, [before, after]] of around.entries()) {
    if (before === 0 && after === 0) continue;
    const count = dims[axis]! + before + after;
    const places = Int32Array.from({ length: count }, (_, place) => source(place - before, dims[axis]!));
    const indices = at.plan.constant({ dtype: 'int32', dims: [count], data: places });
    padded = at.kernel('GatherV2', { x: padded, indices }, { axis, batchDims: 0 });
  }
  return padded;
}

/** Negative padding takes away. */
function cropped(
  at: NodeContext,
  x: Slot,
  dims: readonly number[],
  around: readonly (readonly [number, number])[],
): Slot {
  if (around.every(([before, after]) => before >= 0 && after >= 0)) return x;
  const begin = around.map(([before]) => Math.max(-before, 0));
  const size = dims.map((length, place) => length - begin[place]! - Math.max(-around[place]![1], 0));
  return at.unary('Slice', x, { begin, size });
}

/** A small map that is blown up to a feature map becomes one in the order in which images are computed. */
function expand(at: NodeContext): void {
  const dims = at.dims(0);
  const result = at.resultDims();
  const { slots, order } = at.aligned([at.name(0)]);
  const wide = [...Array<number>(result.length - dims.length).fill(1), ...dims];
  const image = wide.length === 4 && wide[2] === 1 && wide[3] === 1 && result[2]! * result[3]! > 1;
  if (image) {
    const small = at.plan.reshape(at.plain(0), [wide[0]!, 1, 1, wide[1]!]);
    at.result(broadcast(at, small, inOrder(wide, imageOrder), inOrder(result, imageOrder)), imageOrder);
    return;
  }
  const full = dims.length === result.length ? order : plainOrder(result.length);
  const source = isPlain(full) ? at.plain(0) : slots[0]!;
  at.result(broadcast(at, source, inOrder(wide, full), inOrder(result, full)), full);
}

function tile(at: NodeContext): void {
  const [dims, result] = [at.dims(0), at.resultDims()];
  const { slots, order } = at.aligned([at.name(0)]);
  const reps = order.map((axis) => result[axis]! / dims[axis]!);
  at.result(at.unary('Tile', slots[0]!, { reps }), order);
}

function constantOfShape(at: NodeContext): void {
  const fill = tensorAttribute(at.node, 'value');
  const dtype = fill === undefined || fill.dtype === 'float32' ? 'float32' : 'int32';
  const attributes = { shape: [...at.resultDims()], value: Number(fill?.data[0] ?? 0), dtype };
  at.result(at.kernel('Fill', {}, attributes));
}

function depthToSpace(at: NodeContext): void {
  const [batch, channels, height, width] = at.dims(0) as [number, number, number, number];
  const size = intAttribute(at.node, 'blocksize', 1);
  const depth = channels / size ** 2;
  const crd = stringAttribute(at.node, 'mode', 'DCR') === 'CRD';
  const split = crd ? [batch, depth, size, size, height, width] : [batch, size, size, depth, height, width];
  const perm = crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  at.result(at.plan.reshape(at.plan.transpose(at.plan.reshape(at.plain(0), split), perm), at.resultDims()));
}

function spaceToDepth(at: NodeContext): void {
  const [batch, channels, height, width] = at.dims(0) as [number, number, number, number];
  const size = intAttribute(at.node, 'blocksize', 1);
  const split = [batch, channels, height / size, size, width / size, size];
  const moved = at.plan.transpose(at.plan.reshape(at.plain(0), split), [0, 3, 5, 1, 2, 4]);
  at.result(at.plan.reshape(moved, at.resultDims()));
}
