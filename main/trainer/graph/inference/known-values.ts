import { intAttribute, tensorAttribute } from '../attributes.ts';
import { divideDims, multiplyDims, productOfDims } from '../dims.ts';
import { elementTypeOf } from '../onnx-types.ts';
import { tensorInts } from '../tensor.ts';
import type { Dim } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { slicedLength, sliceRange } from './slice.ts';

type Values = readonly Dim[];
type ValueRule = (context: InferenceContext) => Values | undefined;

/** Longer vectors are data, not shapes. */
const LONGEST = 64;

/**
 * The numbers a shape computation gives, lengths that are only known by name included: exporters compute the targets of
 * Reshape and Expand from the shape of the input. Undefined for what is no whole-number scalar or vector, or not known.
 */
export function knownValues(context: InferenceContext): Values | undefined {
  return rules.get(context.node.operator)?.(context);
}

/** The whole numbers of an input: a constant, or a shape computation that is known; undefined otherwise. */
export function knownInts(context: InferenceContext, index: number): Values | undefined {
  const value = context.constant(index);
  if (value !== undefined) {
    const whole = value.dtype === 'int64' || value.dtype === 'int32' || value.dtype === 'bool';
    return whole && value.dims.length <= 1 && value.data.length <= LONGEST ? tensorInts(value) : undefined;
  }
  return context.inputs[index]?.values;
}

const first: ValueRule = (context) => knownInts(context, 0);

const rules: ReadonlyMap<string, ValueRule> = new Map<string, ValueRule>([
  ['Shape', shape],
  ['Size', ({ inputs }) => (inputs[0]?.dims ? [productOfDims(inputs[0].dims)] : undefined)],
  ['Identity', first],
  ['Squeeze', first],
  ['Unsqueeze', first],
  ['Reshape', first],
  ['Cast', cast],
  ['Gather', gather],
  ['Slice', slice],
  ['Concat', concat],
  ['ConstantOfShape', constantOfShape],
  ['Expand', expand],
  ['ReduceProd', (context) => mapAll(knownInts(context, 0), (all) => [productOfDims(all)])],
  ['Mul', elementwise(multiplyDims)],
  ['Div', elementwise(quotient)],
  ['Add', elementwise((a, b) => (a === 0 ? b : b === 0 ? a : numbers(a, b, (x, y) => x + y)))],
  ['Sub', elementwise((a, b) => (b === 0 ? a : a === b ? 0 : numbers(a, b, (x, y) => x - y)))],
  ['Mod', elementwise((a, b) => (divideDims(a, b) === undefined ? numbers(a, b, remainder) : 0))],
  ['Max', elementwise((a, b) => (a === b ? a : numbers(a, b, Math.max)))],
  ['Min', elementwise((a, b) => (a === b ? a : numbers(a, b, Math.min)))],
  ['Equal', elementwise(equal)],
  ['Where', where],
]);

function shape({ node, inputs }: InferenceContext): Values | undefined {
  const dims = inputs[0]?.dims;
  if (!dims) return undefined;
  const rank = dims.length;
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + rank : bound, 0), rank);
  return dims.slice(clamp(intAttribute(node, 'start', 0)), clamp(intAttribute(node, 'end', rank)));
}

function cast(context: InferenceContext): Values | undefined {
  const to = elementTypeOf(intAttribute(context.node, 'to', 0));
  return to === 'int64' || to === 'int32' ? knownInts(context, 0) : undefined;
}

function gather(context: InferenceContext): Values | undefined {
  const values = knownInts(context, 0);
  const indices = knownInts(context, 1);
  if (!values || !indices?.every((index) => typeof index === 'number')) return undefined;
  const picked = indices.map((index) => values[index < 0 ? index + values.length : index]);
  return picked.every((value) => value !== undefined) ? picked : undefined;
}

function slice(context: InferenceContext): Values | undefined {
  const values = knownInts(context, 0);
  const range = values && sliceRange(context.node, [values.length], context.constant)?.[0];
  if (!values || !range) return undefined;
  return Array.from({ length: slicedLength(range) }, (_, at) => values[range.start + at * range.step]!);
}

function concat(context: InferenceContext): Values | undefined {
  const parts = context.inputs.map((_, index) => knownInts(context, index));
  const all = parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  return all && all.length <= LONGEST ? all : undefined;
}

function constantOfShape(context: InferenceContext): Values | undefined {
  const dims = knownInts(context, 0);
  const fill = tensorAttribute(context.node, 'value');
  if (dims?.length !== 1 || typeof dims[0] !== 'number' || dims[0] > LONGEST || fill?.dtype !== 'int64')
    return undefined;
  return Array.from({ length: dims[0] }, () => Number(fill.data[0]));
}

/** A scalar or one-element vector repeated to a length. */
function expand(context: InferenceContext): Values | undefined {
  const values = knownInts(context, 0);
  const target = knownInts(context, 1);
  if (!values || target?.length !== 1 || typeof target[0] !== 'number') return undefined;
  if (values.length === target[0] || target[0] === 1) return values;
  return values.length === 1 && target[0] <= LONGEST ? Array(target[0]).fill(values[0]) : undefined;
}

function where(context: InferenceContext): Values | undefined {
  const [condition, yes, no] = [0, 1, 2].map((index) => knownInts(context, index));
  if (!condition || !yes || !no) return undefined;
  const length = Math.max(condition.length, yes.length, no.length);
  return Array.from({ length }, (_, at) =>
    condition[condition.length === 1 ? 0 : at]
      ? yes[yes.length === 1 ? 0 : at]!
      : no[no.length === 1 ? 0 : at]!,
  );
}

function elementwise(compute: (a: Dim, b: Dim) => Dim | undefined): ValueRule {
  return (context) => {
    const a = knownInts(context, 0);
    const b = knownInts(context, 1);
    if (!a || !b || context.inputs.length > 2) return undefined;
    if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
    const results = Array.from({ length: Math.max(a.length, b.length) }, (_, at) =>
      compute(a[a.length === 1 ? 0 : at]!, b[b.length === 1 ? 0 : at]!),
    );
    return mapAll(results, (all) => all);
  };
}

/** Integer division rounds towards zero; a named length is divided only where it comes out even. */
function quotient(a: Dim, b: Dim): Dim | undefined {
  return divideDims(a, b) ?? numbers(a, b, (x, y) => Math.trunc(x / y));
}

const remainder = (a: number, b: number) => ((a % b) + b) % b;

/** Lengths are positive, so a name never equals −1 or 0; whether it equals another length is not known. */
function equal(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return (typeof a === 'number' && a < 1) || (typeof b === 'number' && b < 1) ? 0 : undefined;
}

function numbers(a: Dim, b: Dim, compute: (a: number, b: number) => number): number | undefined {
  return typeof a === 'number' && typeof b === 'number' ? compute(a, b) : undefined;
}

function mapAll(
  values: readonly (Dim | undefined)[] | undefined,
  then: (all: Values) => Values,
): Values | undefined {
  return values?.every((value) => value !== undefined) ? then(values) : undefined;
}
