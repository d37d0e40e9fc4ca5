import { attributes, float, floatAttribute, int, intAttribute } from '../../graph/attributes.ts';
import { elementCount } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of matrix products. */
export function registerProducts(): void {
  registerDerivative('Gemm', gemm);
  registerDerivative('MatMul', matMul);
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
  const [a, b] = [at.input(0), at.input(1)];
  const [left, right] = [at.dims(a), at.dims(b)];
  if (left.length < 2 || right.length < 2)
    throw at.refuse('a product with a plain vector has no derivative here');
  const product = (first: string, second: string, transA: number, transB: number) =>
    at.emitGradient(
      'TransposedMatMul',
      [first, second],
      attributes({ transA: int(transA), transB: int(transB) }),
    );
  return [
    at.needs(0) ? at.sumTo(product(at.dy, b, 0, 1), left) : undefined,
    at.needs(1)
      ? right.length === 2
        ? weight(at, a, left)
        : at.sumTo(product(a, at.dy, 1, 0), right)
      : undefined,
  ];
}

/** One matrix for a whole batch: all rows count as one long batch, which is a single product. */
function weight(at: DerivativeContext, a: string, left: readonly number[]): string {
  const rows = elementCount(left.slice(0, -1));
  const gradient = at.reshape(at.dy, [rows, at.dims(at.dy).at(-1)!]);
  return at.emit('Gemm', [at.reshape(a, [rows, left.at(-1)!]), gradient], { transA: int(1) });
}
