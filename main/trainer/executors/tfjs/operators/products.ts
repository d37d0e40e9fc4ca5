import { floatAttribute, intAttribute } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';
import { broadcast } from './elementwise.ts';

/** Plans of matrix products. */
export const productPlanners: Readonly<Record<string, Planner>> = {
  Gemm: gemm,
  MatMul: (at) => matMul(at, false, false),
  TransposedMatMul: transposed,
  FusedMatMul: transposed,
};

function gemm(at: NodeContext): void {
  const [transposeA, transposeB] = [flag(at, 'transA'), flag(at, 'transB')];
  const scaled = (slot: Slot, factor: number) =>
    factor === 1 ? slot : at.binary('Multiply', slot, at.scalar(factor));
  const product = at.kernel('BatchMatMul', { a: at.plain(0), b: at.plain(1) }, { transposeA, transposeB });
  const whole = scaled(product, floatAttribute(at.node, 'alpha', 1));
  at.result(
    at.has(2) ? at.binary('Add', whole, scaled(at.plain(2), floatAttribute(at.node, 'beta', 1))) : whole,
  );
}

const flag = (at: NodeContext, name: string): boolean => intAttribute(at.node, name, 0) !== 0;

function transposed(at: NodeContext): void {
  matMul(at, flag(at, 'transA'), flag(at, 'transB'));
}

/** A batch of products; vectors count as matrices of one row or column, shared matrices are used once for all. */
function matMul(at: NodeContext, transposeA: boolean, transposeB: boolean): void {
  const a = at.dims(0).length === 1 ? [1, ...at.dims(0)] : at.dims(0);
  const b = at.dims(1).length === 1 ? [...at.dims(1), 1] : at.dims(1);
  const left = at.plan.reshape(at.plain(0), a);
  const right = at.plan.reshape(at.plain(1), b);
  const result = at.resultDims();
  if (b.length === 2 && !transposeA && a.length > 2) {
    const rows = at.plan.reshape(left, [elementCount(a.slice(0, -1)), a.at(-1)!]);
    const product = at.kernel('BatchMatMul', { a: rows, b: right }, { transposeA: false, transposeB });
    at.result(at.plan.reshape(product, result));
    return;
  }
  const batch = result.slice(
    0,
    result.length - (at.dims(0).length > 1 ? 1 : 0) - (at.dims(1).length > 1 ? 1 : 0),
  );
  const [first, second] = [stacked(at, left, a, batch), stacked(at, right, b, batch)];
  const product = at.kernel('BatchMatMul', { a: first, b: second }, { transposeA, transposeB });
  at.result(at.plan.reshape(product, result));
}

/** As many matrices as the batch has, in one axis: kernels agree on products of that form only. */
function stacked(at: NodeContext, slot: Slot, dims: readonly number[], batch: readonly number[]): Slot {
  const matrix = dims.slice(-2);
  const own = [...Array<number>(batch.length - (dims.length - 2)).fill(1), ...dims.slice(0, -2)];
  if (batch.length === 0) return slot;
  const full = broadcast(at, slot, [...own, ...matrix], [...batch, ...matrix]);
  return at.plan.reshape(full, [elementCount(batch), ...matrix]);
}
