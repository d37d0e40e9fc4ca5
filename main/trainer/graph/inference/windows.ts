import { intAttribute, intsAttribute } from '../attributes.ts';
import { NetworkError } from '../errors.ts';
import { transposedGeometry, windowGeometry } from '../geometry.ts';
import type { ValueType } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { firstInput, inputAt, registerInference, sameType } from './registry.ts';

/** Shape rules of convolutions, poolings and their gradients. */
export function registerWindows(): void {
  registerInference(['Conv'], conv);
  registerInference(['ConvTranspose'], convTranspose);
  registerInference(['MaxPool', 'AveragePool', 'LpPool'], pool);
  registerInference(['GlobalAveragePool', 'GlobalMaxPool'], (context) => {
    const { dims } = firstInput(context);
    return sameType(context, dims?.map((dim, axis) => (axis < 2 ? dim : 1)) ?? null);
  });
  const toShape = (context: InferenceContext) =>
    sameType(context, intsAttribute(context.node, 'output_shape') ?? null);
  registerInference(
    ['ConvInputGradient', 'ConvWeightGradient', 'AveragePoolGradient', 'MaxPoolGradient'],
    toShape,
  );
}

function conv(context: InferenceContext): readonly ValueType[] {
  const { node } = context;
  const x = firstInput(context).dims;
  const w = inputAt(context, 1).dims;
  if (x === null || w === null) return sameType(context, null);
  const group = intAttribute(node, 'group', 1);
  if (typeof x[1] === 'number' && typeof w[1] === 'number' && x[1] !== w[1] * group) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `Conv "${node.name}" takes ${w[1] * group} channels but its input has ${x[1]}.`,
      {
        operator: 'Conv',
        node: node.name,
      },
    );
  }
  const kernel = w.slice(2).map(Number);
  return sameType(context, [x[0]!, w[0]!, ...windowGeometry(node, x, kernel).output]);
}

function convTranspose(context: InferenceContext): readonly ValueType[] {
  const { node } = context;
  const x = firstInput(context).dims;
  const w = inputAt(context, 1).dims;
  if (x === null || w === null) return sameType(context, null);
  const { output } = transposedGeometry(node, x, w.slice(2).map(Number));
  return sameType(context, [x[0]!, Number(w[1]) * intAttribute(node, 'group', 1), ...output]);
}

function pool(context: InferenceContext): readonly ValueType[] {
  const { node } = context;
  const { dims, dtype } = firstInput(context);
  const kernel = intsAttribute(node, 'kernel_shape') ?? [];
  const pooled = dims && [...dims.slice(0, 2), ...windowGeometry(node, dims, kernel).output];
  return node.outputs.map((_, index) => ({ dtype: index === 0 ? dtype : 'int64', dims: pooled }));
}
