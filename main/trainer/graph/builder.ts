import { NetworkError } from './errors.ts';
import { inferNode } from './inference/index.ts';
import { staticDims } from './shapes.ts';
import { floatTensor, intsTensor, tensorBytes } from './tensor.ts';
import type { Attribute, Domain, Graph, Node, Tensor, ValueInfo, ValueType } from './types.ts';

const noAttributes: ReadonlyMap<string, Attribute> = new Map();

/** What may be said of a new node beyond its operator and inputs. */
export interface NodeOptions {
  readonly attributes?: ReadonlyMap<string, Attribute>;
  readonly domain?: Domain;
  /** Stem of the node's and its outputs' names; made unique. */
  readonly name?: string;
  readonly outputs?: number;
}

/**
 * Grows a graph node by node, with the type of every value known at once: the one way in which
 * heads, losses, gradients, optimisers and lowerings are written down.
 */
export class GraphBuilder {
  readonly types = new Map<string, ValueType>();
  readonly initializers = new Map<string, Tensor>();
  readonly #nodes: Node[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #taken = new Set<string>();
  readonly #read = new Set<string>();
  readonly #reserved = new Set<string>();
  readonly #nodeNames = new Set<string>();
  readonly #constants = new Map<string, string>();

  /** Starts empty, or from a graph whose values keep their names. */
  constructor(graph?: Graph) {
    if (graph === undefined) return;
    for (const input of graph.inputs) this.input(input.name, input);
    for (const [name, value] of graph.initializers) this.initializer(name, value);
    for (const node of graph.nodes) this.add(node);
  }

  /** Adds a graph input under exactly this name. */
  input(name: string, type: ValueType): string {
    this.#claim(name);
    this.#inputs.push({ name, dtype: type.dtype, dims: type.dims });
    this.types.set(name, { dtype: type.dtype, dims: type.dims });
    return name;
  }

  /** Adds a weight under exactly this name. */
  initializer(name: string, value: Tensor): string {
    this.#claim(name);
    this.initializers.set(name, value);
    this.types.set(name, { dtype: value.dtype, dims: value.dims });
    return name;
  }

  /** Turns an initializer into an input of the same name, e.g. a weight that is about to be trained. */
  release(name: string): void {
    const value = this.initializers.get(name);
    if (value === undefined) throw new NetworkError('UNKNOWN_VALUE', `There is no weight named "${name}".`);
    this.initializers.delete(name);
    this.#inputs.push({ name, dtype: value.dtype, dims: value.dims });
  }

  /** A constant; equal small constants are shared. */
  constant(value: Tensor, stem = 'constant'): string {
    const bytes = tensorBytes(value);
    const key = bytes.length <= 256 ? `${value.dtype}:${value.dims.join(',')}:${bytes.join(',')}` : undefined;
    const known = key && this.#constants.get(key);
    if (known) return known;
    const name = this.initializer(this.#fresh(stem), value);
    if (key) this.#constants.set(key, name);
    return name;
  }

  /** A float32 scalar constant. */
  scalar(value: number): string {
    return this.constant(floatTensor([], [value]));
  }

  /** A one-dimensional int64 constant (shape, axes, bounds). */
  ints(values: readonly number[]): string {
    return this.constant(intsTensor(values));
  }

  /** Adds a node as it is (a second node of its name is renamed, values are not); types of its outputs are inferred. */
  add(node: Node): void {
    const types = this.infer(node);
    this.#nodes.push(this.#nodeNames.has(node.name) ? { ...node, name: this.unused(node.name) } : node);
    this.#nodeNames.add(this.#nodes.at(-1)!.name);
    for (const input of node.inputs) this.#read.add(input);
    this.#taken.add(node.name);
    node.outputs.forEach((output, index) => {
      if (output === '') return;
      this.#claim(output);
      this.types.set(output, types[index] ?? { dtype: 'float32', dims: null });
    });
  }

  /** What a node's outputs would be, without adding it. */
  infer(node: Node): readonly ValueType[] {
    return inferNode({
      node,
      inputs: node.inputs.map((name) => (name === '' ? undefined : this.typeOf(name))),
      constant: (index) => this.initializers.get(node.inputs[index] ?? ''),
    });
  }

  /** Adds a node and returns the name of its first output. */
  op(operator: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.ops(operator, inputs, options)[0]!;
  }

  /** Adds a node and returns the names of all its outputs. */
  ops(operator: string, inputs: readonly string[], options: NodeOptions = {}): readonly string[] {
    const name = this.#fresh(options.name ?? operator.toLowerCase());
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, index) =>
      index === 0 ? name : `${name}.${index}`,
    );
    this.add({
      name,
      operator,
      domain: options.domain ?? '',
      inputs,
      outputs,
      attributes: options.attributes ?? noAttributes,
    });
    return outputs;
  }

  /** Gives a value a fixed name: its own, where a node computes it and nothing reads it yet, else a second one. */
  alias(value: string, name: string): string {
    const at = this.#nodes.findLastIndex((node) => node.outputs.includes(value));
    const node = this.#nodes[at];
    if (node === undefined || this.#read.has(value)) {
      this.add({
        name: `${name}/Identity`,
        operator: 'Identity',
        domain: '',
        inputs: [value],
        outputs: [name],
        attributes: noAttributes,
      });
      return name;
    }
    this.#claim(name);
    this.#nodes[at] = { ...node, outputs: node.outputs.map((output) => (output === value ? name : output)) };
    this.types.set(name, this.typeOf(value));
    this.types.delete(value);
    return name;
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.op('Reshape', [value, this.ints(dims)]);
  }

  /** Type of a value (UNKNOWN_VALUE if there is none). */
  typeOf(name: string): ValueType {
    const type = this.types.get(name);
    if (type === undefined)
      throw new NetworkError('UNKNOWN_VALUE', `There is no value named "${name}" in the network.`);
    return type;
  }

  /** Shape of a value as numbers (UNKNOWN_SHAPE otherwise). */
  dims(name: string): readonly number[] {
    return staticDims(this.typeOf(name), name);
  }

  /** Keeps names for nodes that will be added under them, so that no generated name takes them first. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#reserved.add(name);
  }

  /** A name that no value has, made from a stem. */
  unused(stem: string): string {
    let name = stem;
    for (let suffix = 1; this.#taken.has(name) || this.#reserved.has(name); suffix++)
      name = `${stem}_${suffix}`;
    return name;
  }

  /** The finished graph with these values as outputs. */
  finish(name: string, outputs: readonly string[]): Graph {
    return {
      name,
      nodes: [...this.#nodes],
      inputs: [...this.#inputs],
      outputs: outputs.map((output) => ({ name: output, ...this.typeOf(output) })),
      initializers: new Map(this.initializers),
      types: new Map(this.types),
    };
  }

  #claim(name: string): void {
    if (this.types.has(name))
      throw new NetworkError('INVALID_GRAPH', `Two values of the network are named "${name}".`);
    this.#taken.add(name);
  }

  #fresh(stem: string): string {
    const name = this.unused(stem);
    this.#taken.add(name);
    return name;
  }
}
