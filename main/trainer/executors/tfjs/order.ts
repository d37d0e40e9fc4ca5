import { elementCount } from '../../graph/tensor.ts';
import type { ElementStorage, Tensor } from '../../graph/types.ts';

/**
 * In which order a tensor's axes lie in memory: axis i in memory is the graph's axis order[i]. The graph says
 * [batch, channels, height, width] where TensorFlow.js computes on [batch, height, width, channels]; which of its
 * values lie how is decided while a graph is planned.
 */
export type Order = readonly number[];

/** Feature maps as TensorFlow.js takes them: [batch, height, width, channels]. */
export const imageOrder: Order = [0, 2, 3, 1];
/** Weights of a dense convolution: [height, width, inputs, outputs]. */
export const kernelOrder: Order = [2, 3, 1, 0];
/** Weights of a depthwise convolution: [height, width, channels, 1]. */
export const depthwiseOrder: Order = [2, 3, 0, 1];

/** As the graph has it. */
export const plainOrder = (rank: number): Order => Array.from({ length: rank }, (_, axis) => axis);

export const isPlain = (order: Order): boolean => order.every((axis, at) => axis === at);

export const sameOrder = (a: Order, b: Order): boolean =>
  a.length === b.length && a.every((axis, at) => axis === b[at]);

/** A shape as it lies in memory. */
export const inOrder = (dims: readonly number[], order: Order): readonly number[] =>
  order.map((axis) => dims[axis]!);

/** Where in memory the graph's axis lies. */
export const placeOf = (axis: number, order: Order): number => order.indexOf(axis);

/** The transposition that leads from one order to another. */
export const permutation = (from: Order, to: Order): readonly number[] =>
  to.map((axis) => from.indexOf(axis));

/** Whether two orders are the same bytes for this shape, because only axes of length 1 change places. */
export function sameBytes(dims: readonly number[], a: Order, b: Order): boolean {
  const long = (order: Order) => order.filter((axis) => dims[axis] !== 1);
  return sameOrder(long(a), long(b));
}

/** A host tensor with its axes in another order; the dims of the result are those in memory. */
export function reorder(value: Tensor, order: Order): Tensor {
  const dims = inOrder(value.dims, order);
  if (sameBytes(value.dims, plainOrder(order.length), order)) return { ...value, dims };
  const strides = stridesOf(value.dims);
  const steps = order.map((axis) => strides[axis]!);
  const { data } = value;
  const moved = data.slice() as typeof data;
  const index = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < moved.length; to++) {
    moved[to] = data[from]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      index[axis] = index[axis]! + 1;
      if (index[axis]! < dims[axis]!) break;
      from -= index[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return { ...value, dims, data: moved as ElementStorage[typeof value.dtype] } as Tensor;
}

/** The reverse: a tensor that lies in some order, as the graph has it. */
export function restore(value: Tensor, order: Order): Tensor {
  const back = order.map((_, axis) => order.indexOf(axis));
  return reorder(value, back);
}

function stridesOf(dims: readonly number[]): readonly number[] {
  return dims.map((_, axis) => elementCount(dims.slice(axis + 1)));
}
