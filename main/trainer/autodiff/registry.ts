import { attributes as attributeMap, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { onnxTypeNumbers } from '../graph/onnx-types.ts';
import { tensorInts } from '../graph/tensor.ts';
import type { Attribute, Node } from '../graph/types.ts';
import { GRADIENT_DOMAIN, type GradientOperator } from './gradient-operators.ts';

/** Attributes as a derivative writes them. */
type Attributes = Readonly<Record<string, Attribute | undefined>>;

/** What a derivative works with: the node, the gradients of its outputs, and the means to write new nodes. */
export class DerivativeContext {
  readonly builder: GraphBuilder;
  readonly node: Node;
  /** Gradients of the node's outputs; undefined for outputs the loss does not depend on. */
  readonly outputGradients: readonly (string | undefined)[];
  readonly #needed: readonly boolean[];

  constructor(
    builder: GraphBuilder,
    node: Node,
    outputGradients: readonly (string | undefined)[],
    needed: readonly boolean[],
  ) {
    this.builder = builder;
    this.node = node;
    this.outputGradients = outputGradients;
    this.#needed = needed;
  }

  /** Gradient of the first output, which most operators have as their only one. */
  get dy(): string {
    const gradient = this.outputGradients[0];
    if (gradient === undefined) throw this.refuse('only its first output can be differentiated');
    return gradient;
  }

  /** Name of the first output, for derivatives that are cheapest in terms of the result. */
  get y(): string {
    return this.node.outputs[0]!;
  }

  /** Name of an input (INVALID_GRAPH never: shape inference has checked it). */
  input(index: number): string {
    return this.node.inputs[index]!;
  }

  /** Whether the gradient of an input is wanted at all. */
  needs(index: number): boolean {
    return this.#needed[index] === true;
  }

  dims(value: string): readonly number[] {
    return this.builder.dims(value);
  }

  /** Writes a standard ONNX node. */
  emit(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.builder.op(operator, inputs, {
      name: `${this.node.name}/gradient/${operator}`,
      attributes: attributeMap(attributes),
    });
  }

  /** Writes one of the closed set of gradient operators. */
  emitGradient(
    operator: GradientOperator,
    inputs: readonly string[],
    attributes: ReadonlyMap<string, Attribute>,
  ): string {
    return this.builder.op(operator, inputs, {
      name: `${this.node.name}/gradient/${operator}`,
      attributes,
      domain: GRADIENT_DOMAIN,
    });
  }

  reshape(value: string, dims: readonly number[]): string {
    return sameShape(this.dims(value), dims) ? value : this.emit('Reshape', [value, this.builder.ints(dims)]);
  }

  /** A value times a number; the value itself where the number is 1. */
  scaled(value: string, factor: number): string {
    return factor === 1 ? value : this.emit('Mul', [value, this.builder.scalar(factor)]);
  }

  /** A condition as numbers, 1 where it holds: a product with them is cheaper than a choice. */
  mask(condition: string): string {
    return this.emit('Cast', [condition], { to: int(onnxTypeNumbers.float32) });
  }

  /** Sums (or averages) over axes, which keep length 1. */
  overAxes(operator: 'ReduceSum' | 'ReduceMean', value: string, axes: readonly number[]): string {
    return this.emit(operator, [value, this.builder.ints(axes)], { keepdims: int(1) });
  }

  /** Zeros of a shape, written without storing them. */
  zeros(dims: readonly number[]): string {
    return this.emit('Expand', [this.builder.scalar(0), this.builder.ints(dims)]);
  }

  /** The whole numbers of an input that must be a constant; undefined where the input is left out. */
  constantInts(index: number, what: string): readonly number[] | undefined {
    const name = this.node.inputs[index];
    if (!name) return undefined;
    const value = this.builder.initializers.get(name);
    if (value === undefined) throw this.refuse(`its ${what} are computed`);
    return tensorInts(value);
  }

  /** Undoes broadcasting: sums a gradient over the axes along which an operand of this shape was repeated. */
  sumTo(value: string, dims: readonly number[]): string {
    const from = this.dims(value);
    if (sameShape(from, dims)) return value;
    const lead = from.length - dims.length;
    const axes = from.flatMap((length, axis) =>
      axis < lead || (dims[axis - lead] === 1 && length !== 1) ? [axis] : [],
    );
    const summed =
      axes.length === 0
        ? value
        : this.emit('ReduceSum', [value, this.builder.ints(axes)], { keepdims: int(0) });
    return this.reshape(summed, dims);
  }

  /** The error for a case of an operator whose gradient is not defined here. */
  refuse(why: string): NetworkError {
    const { operator, name } = this.node;
    return new NetworkError(
      'NOT_DIFFERENTIABLE',
      `${operator} "${name}" cannot be trained through: ${why}. Freeze this block or choose a higher one.`,
      {
        operator,
        node: name,
      },
    );
  }
}

/** Gradients of a node's inputs in order; undefined where there is none or none is wanted. */
export type Derivative = (context: DerivativeContext) => readonly (string | undefined)[];

const derivatives = new Map<string, Derivative>();

/** Adds the derivative of an operator; a second one for the same operator is a programming error. */
export function registerDerivative(operator: string, derivative: Derivative): void {
  if (derivatives.has(operator)) throw new Error(`Two derivatives for ${operator}.`);
  derivatives.set(operator, derivative);
}

/** The derivative of a node's operator, or NOT_DIFFERENTIABLE naming the node. */
export function derivativeOf(node: Node): Derivative {
  const derivative = node.domain === '' ? derivatives.get(node.operator) : undefined;
  if (derivative === undefined) {
    throw new NetworkError(
      'NOT_DIFFERENTIABLE',
      `The operator ${node.operator} ("${node.name}") has no derivative here. Freeze this block or choose a higher one.`,
      { operator: node.operator, node: node.name },
    );
  }
  return derivative;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}
