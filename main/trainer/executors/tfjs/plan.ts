import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import { NetworkError } from '../../graph/errors.ts';
import { staticDims } from '../../graph/shapes.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { ElementType, Graph, Node, Tensor } from '../../graph/types.ts';
import type { Device } from './device.ts';
import type { FusedActivation } from './fusion.ts';
import {
  inOrder,
  isPlain,
  type Order,
  permutation,
  plainOrder,
  reorder,
  sameBytes,
  sameOrder,
} from './order.ts';

/** A place for one tensor while a plan runs. */
export type Slot = number;

/** Computes tensors from tensors; what it returns belongs to the plan, which disposes of it after its last reader. */
export type Compute = (inputs: readonly DeviceTensor[]) => DeviceTensor | readonly DeviceTensor[];

/** One kernel call (or a short composition of them). */
export interface Step {
  readonly compute: Compute;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** The graph's node it belongs to, for errors. */
  readonly node: Node | null;
}

/** Where a value of the graph lies. */
export interface Placed {
  readonly slot: Slot;
  readonly order: Order;
}

/** Everything a run needs, apart from feeds and state. */
export interface Plan {
  readonly slots: number;
  /** Tensors that last as long as the plan. */
  readonly constants: ReadonlyMap<Slot, DeviceTensor>;
  /** Feeds by name; each comes in the graph's own order. */
  readonly feeds: ReadonlyMap<string, Slot>;
  /** State variables by name. */
  readonly state: ReadonlyMap<string, Slot>;
  readonly steps: readonly Step[];
  /** What is fetched or becomes state: always in an order that is known. */
  readonly outputs: ReadonlyMap<string, Placed>;
  /** Operators that were composed of several kernels, and how; for the run's manifest. */
  readonly choices: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Writes a plan: keeps track of where every value of the graph lies and in which order of axes. */
export class PlanBuilder {
  readonly device: Device;
  readonly graph: Graph;
  readonly #placed = new Map<string, Placed[]>();
  readonly #constants = new Map<Slot, DeviceTensor>();
  readonly #shared = new Map<string, Slot>();
  readonly #feeds = new Map<string, Slot>();
  readonly #state = new Map<string, Slot>();
  readonly #steps: Step[] = [];
  readonly #choices = new Map<string, Set<string>>();
  #slots = 0;
  #node: Node | null = null;

  readonly #fusions: ReadonlyMap<Node, FusedActivation>;
  readonly #producers: ReadonlyMap<string, Node>;

  constructor(device: Device, graph: Graph, fusions: ReadonlyMap<Node, FusedActivation>) {
    this.device = device;
    this.graph = graph;
    this.#fusions = fusions;
    this.#producers = new Map(
      graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
    );
  }

  /** The activation that is computed together with a convolution. */
  activationAfter(convolution: Node): FusedActivation | undefined {
    return this.#fusions.get(convolution);
  }

  /** The node that computes a value; undefined for inputs and constants. */
  producerOf(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** Steps written from here on belong to this node. */
  enter(node: Node): void {
    this.#node = node;
  }

  /** The static shape of a value (UNKNOWN_SHAPE otherwise). */
  dims(name: string): readonly number[] {
    return staticDims(this.graph.types.get(name), name);
  }

  dtype(name: string): ElementType {
    return this.graph.types.get(name)?.dtype ?? 'float32';
  }

  /** The value of a constant, undefined for what is computed or fed. */
  constantOf(name: string): Tensor | undefined {
    return this.graph.initializers.get(name);
  }

  addFeed(name: string): void {
    const slot = this.#slots++;
    this.#feeds.set(name, slot);
    this.put(name, slot, plainOrder(this.dims(name).length));
  }

  addState(name: string, order: Order): void {
    const slot = this.#slots++;
    this.#state.set(name, slot);
    this.put(name, slot, order);
  }

  /** Says where a value lies. */
  put(name: string, slot: Slot, order: Order): void {
    const known = this.#placed.get(name);
    if (known) known.push({ slot, order });
    else this.#placed.set(name, [{ slot, order }]);
  }

  /** Orders in which a value is at hand; empty for constants, which can be had in any. */
  ordersOf(name: string): readonly Order[] {
    return (this.#placed.get(name) ?? []).map((placed) => placed.order);
  }

  /** A value in a wanted order, transposed if it must be. */
  take(name: string, order: Order): Slot {
    const known = this.#placed.get(name);
    const fitting = known?.find((placed) => sameOrder(placed.order, order));
    if (fitting) return fitting.slot;
    const slot = known ? this.#convert(name, known[0]!, order) : this.#takeConstant(name, order);
    this.put(name, slot, order);
    return slot;
  }

  #takeConstant(name: string, order: Order): Slot {
    const value = this.constantOf(name);
    if (value === undefined)
      throw new NetworkError('UNKNOWN_VALUE', `There is no value named "${name}" in the network.`);
    return this.constant(reorder(value, order));
  }

  #convert(name: string, from: Placed, order: Order): Slot {
    const dims = this.dims(name);
    if (sameBytes(dims, from.order, order)) return this.reshape(from.slot, inOrder(dims, order));
    return this.transpose(from.slot, permutation(from.order, order));
  }

  /** A constant on the device; equal small ones are shared. */
  constant(value: Tensor): Slot {
    const key =
      elementCount(value.dims) <= 16
        ? `${value.dtype}:${value.dims.join()}:${Array.from(value.data as ArrayLike<number | bigint>).join()}`
        : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key);
    if (known !== undefined) return known;
    const slot = this.#slots++;
    this.#constants.set(slot, this.device.upload(value));
    if (key !== undefined) this.#shared.set(key, slot);
    return slot;
  }

  /** Adds a step and returns the places of its results. */
  steps(inputs: readonly Slot[], compute: Compute, results: number): readonly Slot[] {
    const outputs = Array.from({ length: results }, () => this.#slots++);
    this.#steps.push({ compute, inputs, outputs, node: this.#node });
    return outputs;
  }

  /** A step with one result. */
  step(inputs: readonly Slot[], compute: Compute): Slot {
    return this.steps(inputs, compute, 1)[0]!;
  }

  /** Calls a kernel by TensorFlow.js's name for it; UNSUPPORTED_OPERATOR where this backend lacks it. */
  kernel(name: string, inputs: Readonly<Record<string, Slot>>, attributes: object = {}): Slot {
    if (!this.device.has(name)) throw this.refuse(`the ${this.device.title} backend has no ${name} kernel`);
    const names = Object.keys(inputs);
    const call = this.device.prepare(name, names, attributes);
    return this.step(Object.values(inputs), call);
  }

  /** The same numbers under another shape; costs nothing. */
  reshape(slot: Slot, shape: readonly number[]): Slot {
    return this.kernel('Reshape', { x: slot }, { shape: [...shape] });
  }

  transpose(slot: Slot, perm: readonly number[]): Slot {
    return isPlain(perm) ? slot : this.kernel('Transpose', { x: slot }, { perm: [...perm] });
  }

  /** A value of this shape that lies in some order, as the graph has it. */
  restored(slot: Slot, dims: readonly number[], order: Order): Slot {
    const plain = plainOrder(dims.length);
    if (sameBytes(dims, order, plain)) return isPlain(order) ? slot : this.reshape(slot, dims);
    return this.transpose(slot, permutation(order, plain));
  }

  /** Notes how an operator was composed. */
  note(operator: string, how: string): void {
    this.#choices.set(operator, (this.#choices.get(operator) ?? new Set()).add(how));
  }

  /** The error for a node that this backend cannot compute. */
  refuse(why: string): NetworkError {
    const { operator, name } = this.#node ?? { operator: 'the network', name: this.graph.name };
    return new NetworkError(
      'UNSUPPORTED_OPERATOR',
      `TensorFlow.js cannot compute ${operator} "${name}": ${why}. Choose another executor in Settings.`,
      { operator, node: name },
    );
  }

  finish(outputs: ReadonlyMap<string, Placed>): Plan {
    return {
      slots: this.#slots,
      constants: this.#constants,
      feeds: this.#feeds,
      state: this.#state,
      steps: this.#steps,
      outputs,
      choices: this.#choices,
    };
  }

  /** Frees what was uploaded for a plan that is not finished. */
  abandon(): void {
    for (const tensor of this.#constants.values()) tensor.dispose();
    this.#constants.clear();
  }
}
