import type { NetworkError } from '../../../graph/errors.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { ElementType, Node, Tensor } from '../../../graph/types.ts';
import type { Device } from '../device.ts';
import { inOrder, isPlain, type Order, permutation, plainOrder, reorder, sameBytes } from '../order.ts';
import type { PlanBuilder, Slot } from '../plan.ts';

/** What an operator's plan is written with: the node, its values, and the plan so far. */
export class NodeContext {
  readonly plan: PlanBuilder;
  readonly node: Node;

  constructor(plan: PlanBuilder, node: Node) {
    this.plan = plan;
    this.node = node;
  }

  get device(): Device {
    return this.plan.device;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** Name of an input that must be there. */
  name(index: number): string {
    const name = this.node.inputs[index] ?? '';
    if (name === '') throw this.refuse(`its input ${index} is missing`);
    return name;
  }

  /** Shape of an input. */
  dims(index: number): readonly number[] {
    return this.plan.dims(this.name(index));
  }

  /** Shape of a result. */
  resultDims(index = 0): readonly number[] {
    return this.plan.dims(this.node.outputs[index]!);
  }

  dtype(index: number): ElementType {
    return this.plan.dtype(this.name(index));
  }

  constant(index: number): Tensor | undefined {
    return this.has(index) ? this.plan.constantOf(this.name(index)) : undefined;
  }

  /** An input as the graph has it. */
  plain(index: number): Slot {
    return this.take(index, plainOrder(this.dims(index).length));
  }

  take(index: number, order: Order): Slot {
    return this.plan.take(this.name(index), order);
  }

  /** Says where a result lies; the plain order unless told otherwise. */
  result(slot: Slot, order?: Order, index = 0): void {
    const name = this.node.outputs[index];
    if (name) this.plan.put(name, slot, order ?? plainOrder(this.plan.dims(name).length));
  }

  kernel(name: string, inputs: Readonly<Record<string, Slot>>, attributes: object = {}): Slot {
    return this.plan.kernel(name, inputs, attributes);
  }

  unary(name: string, x: Slot, attributes: object = {}): Slot {
    return this.kernel(name, { x }, attributes);
  }

  binary(name: string, a: Slot, b: Slot): Slot {
    return this.kernel(name, { a, b });
  }

  /** A float32 scalar. */
  scalar(value: number): Slot {
    return this.plan.constant({ dtype: 'float32', dims: [], data: Float32Array.of(value) });
  }

  refuse(why: string): NetworkError {
    return this.plan.refuse(why);
  }

  /**
   * Values brought into one order of axes, so that they can be combined element by element. The largest one decides;
   * smaller ones get axes of length 1 before they are turned.
   */
  aligned(names: readonly string[]): { readonly slots: readonly Slot[]; readonly order: Order } {
    const rank = Math.max(...names.map((name) => this.plan.dims(name).length));
    const order = this.#commonOrder(names, rank);
    return { slots: names.map((name) => this.#inOrder(name, order)), order };
  }

  #commonOrder(names: readonly string[], rank: number): Order {
    let best: { readonly order: Order; readonly size: number } | undefined;
    for (const name of names) {
      const dims = this.plan.dims(name);
      const size = elementCount(dims);
      if (dims.length !== rank || size === 1) continue;
      for (const order of this.plan.ordersOf(name)) {
        if (!best || size > best.size || (size === best.size && isPlain(best.order))) best = { order, size };
      }
    }
    return best?.order ?? plainOrder(rank);
  }

  #inOrder(name: string, order: Order): Slot {
    const dims = this.plan.dims(name);
    if (dims.length === order.length && elementCount(dims) > 1) return this.plan.take(name, order);
    const plain = plainOrder(dims.length);
    if (elementCount(dims) === 1 || isPlain(order)) return this.plan.take(name, plain);
    const padded = [...Array<number>(order.length - dims.length).fill(1), ...dims];
    const constant = this.plan.constantOf(name);
    if (constant) return this.plan.constant(reorder({ ...constant, dims: padded }, order));
    const slot = this.plan.take(name, plain);
    if (sameBytes(padded, plainOrder(order.length), order))
      return this.plan.reshape(slot, inOrder(padded, order));
    return this.plan.transpose(this.plan.reshape(slot, padded), permutation(plainOrder(order.length), order));
  }
}

/** Writes the steps of one operator. */
export type Planner = (at: NodeContext) => void;
