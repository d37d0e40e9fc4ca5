import {
  attributes,
  float,
  floatAttribute,
  int,
  intAttribute,
  string,
  stringAttribute,
} from '../../graph/attributes.ts';
import { elementCount } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of matrix products. */
export function registerProducts(): void {
  registerDerivative('Gemm', gemm);
  registerDerivative('MatMul', matMul);
  registerDerivative('Einsum', einsum);
}

function gemm(at: DerivativeContext): readonly (string | undefined)[] {
  const [a, b, c] = [at.input(0), at.input(1), at.node.inputs[2]];
  const transA = intAttribute(at.node, 'transA', 0);
  const transB = intAttribute(at.node, 'transB', 0);
  const alpha = float(floatAttribute(at.node, 'alpha', 1));
  const beta = floatAttribute(at.node, 'beta', 1);
  const product = (left: string, right: string, leftTransposed: number, rightTransposed: number) =>
    at.emit('Gemm', [left, right], { alpha, transA: int(leftTransposed), transB: int(rightTransposed) });
  const first = () => (transA ? product(b, at.dy, transB, 1) : product(at.dy, b, 0, 1 - transB));
  const second = () => (transB ? product(at.dy, a, 1, transA) : product(a, at.dy, 1 - transA, 0));
  const third = () =>
    at.sumTo(beta === 1 ? at.dy : at.emit('Mul', [at.dy, at.builder.scalar(beta)]), at.dims(c!));
  return [
    at.needs(0) ? first() : undefined,
    at.needs(1) ? second() : undefined,
    c && at.needs(2) ? third() : undefined,
  ];
}

function matMul(at: DerivativeContext): readonly (string | undefined)[] {
  const [left, right] = [at.dims(at.input(0)), at.dims(at.input(1))];
  // A plain vector counts as a matrix of one row or one column, and its axis is missing from the result.
  const a = left.length === 1 ? at.reshape(at.input(0), [1, ...left]) : at.input(0);
  const b = right.length === 1 ? at.reshape(at.input(1), [...right, 1]) : at.input(1);
  const rows = left.length === 1 ? 1 : left.at(-2)!;
  const columns = right.length === 1 ? 1 : right.at(-1)!;
  const batch = at
    .dims(at.y)
    .slice(0, at.dims(at.y).length - [left, right].filter((dims) => dims.length > 1).length);
  const dy = at.reshape(at.dy, [...batch, rows, columns]);
  const product = (first: string, second: string, transA: number, transB: number) =>
    at.emitGradient(
      'TransposedMatMul',
      [first, second],
      attributes({ transA: int(transA), transB: int(transB) }),
    );
  const back = (gradient: string, matrix: string, dims: readonly number[]) =>
    at.reshape(at.sumTo(gradient, at.dims(matrix)), dims);
  const second = () => (at.dims(b).length === 2 ? weight(at, a, dy) : product(a, dy, 1, 0));
  return [
    at.needs(0) ? back(product(dy, b, 0, 1), a, left) : undefined,
    at.needs(1) ? back(second(), b, right) : undefined,
  ];
}

/** One matrix for a whole batch: all rows count as one long batch, which is a single product. */
function weight(at: DerivativeContext, a: string, dy: string): string {
  const left = at.dims(a);
  const rows = elementCount(left.slice(0, -1));
  const gradient = at.reshape(dy, [rows, at.dims(dy).at(-1)!]);
  return at.emit('Gemm', [at.reshape(a, [rows, left.at(-1)!]), gradient], { transA: int(1) });
}

/** An operand's gradient is the product of the result's gradient with the other operands, summed to its labels. */
function einsum(at: DerivativeContext): readonly (string | undefined)[] {
  const equation = stringAttribute(at.node, 'equation', '').replaceAll(' ', '');
  const [left, result] = equation.split('->');
  const operands = left!.split(',');
  const repeated = [...operands, result ?? ''].some((labels) => new Set(labels).size !== labels.length);
  if (result === undefined || repeated || equation.includes('.'))
    throw at.refuse(`its equation "${equation}" repeats or leaves out labels`);
  return operands.map((labels, index) => {
    if (!at.needs(index)) return undefined;
    const others = operands.filter((_, other) => other !== index);
    const known = [...labels].filter((label) => [result, ...others].some((term) => term.includes(label)));
    const gradient = at.emit('Einsum', [at.dy, ...at.node.inputs.filter((_, other) => other !== index)], {
      equation: string(`${[result, ...others].join(',')}->${known.join('')}`),
    });
    // Labels that only this operand has were summed away: every element gets the same gradient.
    const dims = at.dims(at.input(index));
    const ones = dims.map((dim, axis) => (known.includes(labels[axis]!) ? dim : 1));
    return known.length === labels.length
      ? gradient
      : at.emit('Expand', [at.reshape(gradient, ones), at.builder.ints(dims)]);
  });
}
