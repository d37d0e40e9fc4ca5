import { attributes, int } from '../../../../main/trainer/graph/attributes.ts';
import type { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { upgradeNode } from '../../../../main/trainer/graph/opset.ts';
import { tensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Attribute, FloatTensor, Tensor } from '../../../../main/trainer/graph/types.ts';

/** Writes an operator into a graph and returns its (first) output. */
export type Write = (builder: GraphBuilder, inputs: readonly string[]) => string;

/**
 * Which numbers a case is tried on: 'any' are spread around zero, 'positive' lie between 0.5 and 2, 'distinct' ones are
 * all far enough from one another that a small step changes no order.
 */
export type Values = 'any' | 'positive' | 'distinct';

/** One operator in one setting: what gradients are checked on, by differences, against PyTorch, and between executors. */
export interface OperatorCase {
  /** The operator, then what is special; the name of its PyTorch fixture. */
  readonly name: string;
  /** Shapes of the inputs that gradients are wanted for. */
  readonly inputs: readonly (readonly number[])[];
  readonly write: Write;
  readonly values: Values;
}

type Settings = Readonly<Record<string, Attribute>>;

/** A case of the table. */
export function operatorCase(
  name: string,
  inputs: readonly (readonly number[])[],
  write: Write,
  values: Values = 'any',
): OperatorCase {
  return { name, inputs, write, values };
}

/** An operator applied to all inputs, with attributes. */
export const op =
  (operator: string, settings: Settings = {}): Write =>
  (builder, inputs) =>
    builder.op(operator, inputs, { attributes: attributes(settings) });

/** An operator of a newer opset, as import rewrites it. */
export const newer =
  (operator: string, opset: number, settings: Settings = {}): Write =>
  (builder, inputs) => {
    const constants = new Map<string, Tensor>();
    const name = builder.unused(operator.toLowerCase());
    const node = {
      name,
      operator,
      domain: '',
      inputs,
      outputs: [name],
      attributes: attributes(settings),
    } as const;
    const nodes = upgradeNode(node, opset, constants);
    for (const [constant, value] of constants) builder.initializer(constant, value);
    for (const written of nodes) builder.add(written);
    return name;
  };

/** An operator applied to the first input and lists of whole numbers; an empty list stands for an omitted input. */
export const withInts =
  (operator: string, lists: readonly (readonly number[])[], settings: Settings = {}): Write =>
  (builder, [x]) =>
    builder.op(operator, [x!, ...lists.map((list) => (list.length === 0 ? '' : builder.ints(list)))], {
      attributes: attributes(settings),
    });

/** A constant of indices. */
export const indices = (builder: GraphBuilder, dims: readonly number[], values: readonly number[]): string =>
  builder.constant(tensor('int64', dims, BigInt64Array.from(values, BigInt)));

/** Σ output·factors as a graph value: a loss to which every element of an output contributes differently. */
export function weightedSum(builder: GraphBuilder, output: string, factors: FloatTensor): string {
  const weighted = builder.op('Mul', [output, builder.constant(factors)]);
  return builder.op('ReduceSum', [weighted], { attributes: attributes({ keepdims: int(0) }) });
}
