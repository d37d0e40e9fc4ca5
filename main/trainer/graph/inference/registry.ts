import { NetworkError } from '../errors.ts';
import { normaliseAxis } from '../shapes.ts';
import { tensorInts } from '../tensor.ts';
import type { Dim, Node, Tensor, ValueType } from '../types.ts';
import { knownValues } from './known-values.ts';

/** What an operator's shape rule may look at. */
export interface InferenceContext {
  readonly node: Node;
  /** Types of the inputs; undefined for omitted ones. */
  readonly inputs: readonly (ValueType | undefined)[];
  /** The value of an input that is a constant. */
  readonly constant: (index: number) => Tensor | undefined;
}

/** Types of a node's outputs in order; null shapes where a rule cannot tell. */
export type InferenceRule = (context: InferenceContext) => readonly ValueType[];

const rules = new Map<string, InferenceRule>();

/** Adds shape rules for operators; a second rule for the same operator is a programming error. */
export function registerInference(operators: readonly string[], rule: InferenceRule): void {
  for (const operator of operators) {
    if (rules.has(operator)) throw new Error(`Two shape rules for ${operator}.`);
    rules.set(operator, rule);
  }
}

/** Types of a node's outputs; unknown operators have unknown shapes, so that a network may still be run forward. */
export function inferNode(context: InferenceContext): readonly ValueType[] {
  const { node, inputs } = context;
  const rule = rules.get(node.operator);
  const first = inputs[0];
  if (rule === undefined) return node.outputs.map(() => ({ dtype: first?.dtype ?? 'float32', dims: null }));
  const types = rule(context);
  const result = types[0];
  const values = result && isWhole(result) ? knownValues(context) : undefined;
  return values === undefined ? types : [{ ...result!, values }, ...types.slice(1)];
}

/** Whether an operator has a shape rule: what has none cannot be taken into a network that is cut or trained. */
export function isKnownOperator(operator: string): boolean {
  return rules.has(operator) || operator === 'Constant';
}

function isWhole({ dtype, dims }: ValueType): boolean {
  return (dtype === 'int64' || dtype === 'int32' || dtype === 'bool') && (dims === null || dims.length <= 1);
}

/** The first input's type, which nearly every rule starts from. */
export function firstInput(context: InferenceContext): ValueType {
  return inputAt(context, 0);
}

/** A required input's type; INVALID_GRAPH where the file leaves it out. */
export function inputAt(context: InferenceContext, index: number): ValueType {
  const type = context.inputs[index];
  if (type === undefined) {
    throw new NetworkError(
      'INVALID_GRAPH',
      `${context.node.operator} "${context.node.name}" lacks input ${index}.`,
      {
        operator: context.node.operator,
        node: context.node.name,
      },
    );
  }
  return type;
}

/** The numbers of a constant int input, undefined where it is omitted or computed. */
export function constantInts(context: InferenceContext, index: number): readonly number[] | undefined {
  const value = context.constant(index);
  return value === undefined ? undefined : tensorInts(value);
}

/** Axes given as a constant input, made positive; all axes where they are omitted. */
export function constantAxes(
  context: InferenceContext,
  index: number,
  rank: number,
): readonly number[] | undefined {
  if (!context.node.inputs[index]) return Array.from({ length: rank }, (_, axis) => axis);
  return constantInts(context, index)?.map((axis) => normaliseAxis(axis, rank, context.node.name));
}

/** A result with the element type of the first input. */
export function sameType(context: InferenceContext, dims: readonly Dim[] | null): readonly ValueType[] {
  return [{ dtype: firstInput(context).dtype, dims }];
}
