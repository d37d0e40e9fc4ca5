import { attributes as attributeMap, intAttribute, intsAttribute } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import { NetworkError } from '../../../graph/errors.ts';
import type { Attribute, Domain, Node } from '../../../graph/types.ts';

/** A window operator's numbers, as the differentiator resolved them. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly group: number;
  /** Shape of the forward operator's input. */
  readonly input: readonly number[];
  /** Shape of the gradient operator's result. */
  readonly result: readonly number[];
}

/** What a lowering writes with: the graph being made, and the node it replaces with its inputs as they are named there. */
export class LoweringContext {
  readonly builder: GraphBuilder;
  readonly node: Node;
  readonly inputs: readonly string[];
  readonly #forward: Window | undefined;

  /** `forward` is the window of a Conv, whose attributes alone do not tell its padding. */
  constructor(builder: GraphBuilder, node: Node, inputs: readonly string[], forward?: Window) {
    this.builder = builder;
    this.node = node;
    this.inputs = inputs;
    this.#forward = forward;
  }

  input(index: number): string {
    return this.inputs[index]!;
  }

  dims(value: string): readonly number[] {
    return this.builder.dims(value);
  }

  emit(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute | undefined>> = {},
    domain: Domain = '',
  ): string {
    return this.builder.op(operator, inputs, {
      name: `${this.node.name}/${operator}`,
      attributes: attributeMap(attributes),
      domain,
    });
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.emit('Reshape', [value, this.builder.ints(dims)]);
  }

  /** The window of a convolution or of a convolution's or pooling's gradient, its shapes batch-major. */
  get window(): Window {
    if (this.#forward) return this.#forward;
    const read = (name: string) => {
      const value = intsAttribute(this.node, name);
      if (value === undefined)
        throw new NetworkError('INVALID_GRAPH', `${this.node.operator} "${this.node.name}" lacks ${name}.`);
      return value;
    };
    const kernel = read('kernel_shape');
    const pads = read('pads');
    return {
      kernel,
      strides: read('strides'),
      dilations: read('dilations'),
      before: pads.slice(0, kernel.length),
      after: pads.slice(kernel.length),
      group: intAttribute(this.node, 'group', 1),
      input: read('input_shape'),
      result: read('output_shape'),
    };
  }
}

/** One way to write a gradient operator with operators ONNX Runtime has. */
export interface Lowering {
  /** Recorded in the run's manifest. */
  readonly name: string;
  readonly applies: (at: LoweringContext) => boolean;
  /** Whether it is taken where nothing was timed; absent: wherever it applies. */
  readonly usual?: (at: LoweringContext) => boolean;
  /** Whether nothing else can be faster where it is usual, so that no time is lost on comparing. */
  readonly isCertain?: true;
  readonly lower: (at: LoweringContext) => string;
}

/** Picks one of the applicable alternatives. */
export type LoweringChoice = (
  operator: string,
  candidates: readonly Lowering[],
  at: LoweringContext,
) => Lowering;

/** The alternatives for each operator in one layout. */
export class LoweringRegistry {
  readonly #lowerings = new Map<string, readonly Lowering[]>();

  /** Adds the alternatives for an operator, the preferred first; a second registration is a programming error. */
  register(operator: string, alternatives: readonly Lowering[]): void {
    if (this.#lowerings.has(operator)) throw new Error(`Two sets of lowerings for ${operator}.`);
    this.#lowerings.set(operator, alternatives);
  }

  /** The alternatives that can express a node; empty where there is none. */
  applicable(operator: string, at: LoweringContext): readonly Lowering[] {
    return (this.#lowerings.get(operator) ?? []).filter((lowering) => lowering.applies(at));
  }

  has(operator: string): boolean {
    return this.#lowerings.has(operator);
  }
}

/** Takes the first alternative that is usual at this shape: they are listed by what measurements showed. */
export const usualForm: LoweringChoice = (_operator, candidates, at) =>
  candidates.find(({ usual }) => usual?.(at) ?? true) ?? candidates[0]!;

/** The same without alternatives that a runtime is bad at, where there are others. */
export function usualFormBut(avoided: ReadonlySet<string>): LoweringChoice {
  return (operator, candidates, at) => {
    const others = candidates.filter(({ name }) => !avoided.has(name));
    return usualForm(operator, others.length > 0 ? others : candidates, at);
  };
}

/** UNSUPPORTED_OPERATOR: none of the compositions fits this node. Several executors lower alike, so none is named. */
export function noLowering({ operator, name }: Node): NetworkError {
  return new NetworkError(
    'UNSUPPORTED_OPERATOR',
    `${operator} "${name}" cannot be computed with these settings: choose another executor, or freeze the part of the network that holds it.`,
    { operator, node: name },
  );
}
