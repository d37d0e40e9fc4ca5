import { intAttribute } from '../attributes.ts';
import { broadcastDims } from '../shapes.ts';
import type { Dim, ValueType } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { constantAxes, firstInput, inputAt, registerInference, sameType } from './registry.ts';

/** Shape rules of matrix products and reductions. */
export function registerProducts(): void {
  registerInference(['Gemm'], (context) => {
    const a = firstInput(context).dims;
    const b = inputAt(context, 1).dims;
    if (a === null || b === null) return sameType(context, null);
    const rows = intAttribute(context.node, 'transA', 0) ? a[1] : a[0];
    const columns = intAttribute(context.node, 'transB', 0) ? b[0] : b[1];
    return sameType(context, [rows!, columns!]);
  });
  registerInference(['MatMul', 'TransposedMatMul', 'FusedMatMul'], matMul);
  registerInference(
    [
      'ReduceMean',
      'ReduceSum',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
    ],
    reduce,
  );
}

function matMul(context: InferenceContext): readonly ValueType[] {
  const first = firstInput(context).dims;
  const second = inputAt(context, 1).dims;
  if (first === null || second === null) return sameType(context, null);
  const a = transposed(first.length === 1 ? [1, ...first] : first, intAttribute(context.node, 'transA', 0));
  const b = transposed(
    second.length === 1 ? [...second, 1] : second,
    intAttribute(context.node, 'transB', 0),
  );
  const batch = broadcastDims(a.slice(0, -2), b.slice(0, -2), `MatMul "${context.node.name}"`);
  const rows = first.length === 1 ? [] : [a.at(-2)!];
  const columns = second.length === 1 ? [] : [b.at(-1)!];
  return sameType(context, [...batch, ...rows, ...columns]);
}

function transposed(dims: readonly Dim[], flag: number): readonly Dim[] {
  return flag ? [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!] : dims;
}

function reduce(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const axes = dims && constantAxes(context, 1, dims.length);
  if (!dims || !axes) return sameType(context, null);
  if (!context.node.inputs[1] && intAttribute(context.node, 'noop_with_empty_axes', 0))
    return sameType(context, dims);
  const all = axes.length === 0 ? dims.map((_, axis) => axis) : axes;
  const keep = intAttribute(context.node, 'keepdims', 1) !== 0;
  return sameType(
    context,
    keep
      ? dims.map((dim, axis) => (all.includes(axis) ? 1 : dim))
      : dims.filter((_, axis) => !all.includes(axis)),
  );
}
