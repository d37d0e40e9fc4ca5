import { broadcastDims } from './shapes.ts';
import { elementCount, tensorFromNumbers } from './tensor.ts';
import type { ElementType, Node, Tensor } from './types.ts';

type Operands = readonly (Tensor | undefined)[];

/** Larger constants stay computed by the runtime, so that a network does not grow in memory by being read. */
export const LARGEST_CONSTANT = 2 ** 20;

/** Evaluations of operators that compute element by element, with numpy's broadcasting; results are rounded to their type. */
export const elementwiseEvaluations: ReadonlyMap<
  string,
  (node: Node, inputs: Operands) => Tensor | undefined
> = new Map([
  ...Object.entries({
    Add: (a: number, b: number) => a + b,
    Sub: (a: number, b: number) => a - b,
    Mul: (a: number, b: number) => a * b,
    Pow: (a: number, b: number) => a ** b,
    Max: Math.max,
    Min: Math.min,
  }).map(([operator, compute]) => [operator, combine(compute)] as const),
  ['Div', (node: Node, inputs: Operands) => combine(quotientFor(inputs[0]?.dtype))(node, inputs)] as const,
  ...Object.entries({
    Equal: (a: number, b: number) => Number(a === b),
    Greater: (a: number, b: number) => Number(a > b),
    GreaterOrEqual: (a: number, b: number) => Number(a >= b),
    Less: (a: number, b: number) => Number(a < b),
    LessOrEqual: (a: number, b: number) => Number(a <= b),
    And: (a: number, b: number) => Number(a !== 0 && b !== 0),
    Or: (a: number, b: number) => Number(a !== 0 || b !== 0),
  }).map(([operator, compute]) => [operator, combine(compute, 'bool')] as const),
  ...Object.entries({
    Neg: (a: number) => -a,
    Abs: Math.abs,
    Sqrt: Math.sqrt,
    Reciprocal: (a: number) => 1 / a,
    Exp: Math.exp,
    Log: Math.log,
    Floor: Math.floor,
    Ceil: Math.ceil,
  }).map(([operator, compute]) => [operator, convert(compute)] as const),
  ['Not', convert((a) => Number(a === 0))] as const,
  ['Where', where] as const,
  ['Clip', clip] as const,
]);

/** The elements of a constant as numbers; undefined for half precision, which is stored as bits. */
export function numbersOf(value: Tensor): ArrayLike<number> | undefined {
  if (value.dtype === 'float16') return undefined;
  return value.dtype === 'int64' ? Float64Array.from(value.data, Number) : value.data;
}

function quotientFor(dtype: ElementType | undefined): (a: number, b: number) => number {
  const whole = dtype !== 'float32' && dtype !== 'float64';
  return whole ? (a, b) => Math.trunc(a / b) : (a, b) => a / b;
}

function combine(compute: (a: number, b: number) => number, result?: ElementType) {
  return (_node: Node, [a, b, ...more]: Operands): Tensor | undefined => {
    if (!a || !b || more.length > 0) return undefined;
    const dims = constantDims([a, b]);
    const [left, right] = [numbersOf(a), numbersOf(b)];
    if (!dims || !left || !right) return undefined;
    const [leftAt, rightAt] = [positions(a.dims, dims), positions(b.dims, dims)];
    const values = Float64Array.from(leftAt, (at, index) => compute(left[at]!, right[rightAt[index]!]!));
    return tensorFromNumbers(result ?? a.dtype, dims, values);
  };
}

function convert(compute: (a: number) => number) {
  return (_node: Node, [a]: Operands): Tensor | undefined => {
    const numbers = a && numbersOf(a);
    if (!a || !numbers || numbers.length > LARGEST_CONSTANT) return undefined;
    return tensorFromNumbers(a.dtype, a.dims, Float64Array.from(numbers, compute));
  };
}

function clip(_node: Node, [x, low, high]: Operands): Tensor | undefined {
  const numbers = x && numbersOf(x);
  if (!x || !numbers || numbers.length > LARGEST_CONSTANT) return undefined;
  const [least, most] = [low && numbersOf(low)?.[0], high && numbersOf(high)?.[0]];
  const clipped = Float64Array.from(numbers, (value) =>
    Math.min(Math.max(value, least ?? Number.NEGATIVE_INFINITY), most ?? Number.POSITIVE_INFINITY),
  );
  return tensorFromNumbers(x.dtype, x.dims, clipped);
}

function where(_node: Node, [condition, yes, no]: Operands): Tensor | undefined {
  if (!condition || !yes || !no) return undefined;
  const dims = constantDims([condition, yes, no]);
  const [chosen, left, right] = [numbersOf(condition), numbersOf(yes), numbersOf(no)];
  if (!dims || !chosen || !left || !right) return undefined;
  const [conditionAt, leftAt, rightAt] = [condition, yes, no].map((value) => positions(value.dims, dims));
  const values = Float64Array.from(conditionAt!, (at, index) =>
    chosen[at] ? left[leftAt![index]!]! : right[rightAt![index]!]!,
  );
  return tensorFromNumbers(yes.dtype, dims, values);
}

/** The broadcast shape of constants, undefined where the result would be large. */
function constantDims(values: readonly Tensor[]): readonly number[] | undefined {
  const dims = values
    .map((value) => value.dims)
    .reduce((a, b) => broadcastDims(a, b, 'A constant') as readonly number[]);
  return elementCount(dims) > LARGEST_CONSTANT ? undefined : dims;
}

/** For every element of a broadcast result, where it comes from in an operand. */
export function positions(from: readonly number[], to: readonly number[]): Int32Array {
  const lead = to.length - from.length;
  const strides = to.map((_, axis) => {
    const own = axis - lead;
    return own < 0 || from[own] === 1 ? 0 : elementCount(from.slice(own + 1));
  });
  return strided(to, strides);
}

/** Offsets of all elements of a shape, in row-major order, given the stride of each axis. */
export function strided(dims: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let offsets = Int32Array.of(start);
  dims.forEach((length, axis) => {
    const next = new Int32Array(offsets.length * length);
    for (let at = 0; at < next.length; at++)
      next[at] = offsets[Math.floor(at / length)]! + (at % length) * strides[axis]!;
    offsets = next;
  });
  return offsets;
}
