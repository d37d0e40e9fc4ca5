import { intAttribute } from '../attributes.ts';
import { elementTypeOf } from '../onnx-types.ts';
import { broadcastDims } from '../shapes.ts';
import type { Dim, ElementType } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { firstInput, inputAt, registerInference } from './registry.ts';

const unary = [
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Clip',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Gelu',
  'Erf',
  'Tanh',
  'Exp',
  'Log',
  'Sqrt',
  'Neg',
  'Abs',
  'Reciprocal',
  'Softplus',
  'Elu',
  'Identity',
  'Softmax',
  'LogSoftmax',
  'Floor',
  'Ceil',
  'Round',
  'Sign',
  'BatchNormalization',
  'GroupNormalization',
  'InstanceNormalization',
  'Sin',
  'Cos',
  'CumSum',
  'ReluGradient',
  'ClipGradient',
];

/** Shape rules of operators whose result has the shape of their operands. */
export function registerElementwise(): void {
  registerInference(unary, (context) => [firstInput(context)]);
  registerInference(['Dropout', 'LayerNormalization'], (context) =>
    context.node.outputs.map((_, index) =>
      index === 0 ? firstInput(context) : { dtype: 'float32', dims: null },
    ),
  );
  registerInference(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Sum', 'Mean', 'Mod'], (context) => [
    { dtype: firstInput(context).dtype, dims: broadcastAll(context) },
  ]);
  registerInference(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or'], (context) => [
    { dtype: 'bool', dims: broadcastAll(context) },
  ]);
  registerInference(['Not', 'IsNaN'], (context) => [{ dtype: 'bool', dims: firstInput(context).dims }]);
  registerInference(['Where'], (context) => [
    { dtype: inputAt(context, 1).dtype, dims: broadcastAll(context) },
  ]);
  registerInference(['QuantizeLinear'], (context) => [
    { dtype: context.node.inputs[2] ? inputAt(context, 2).dtype : 'uint8', dims: firstInput(context).dims },
  ]);
  registerInference(['CastLike'], (context) => [
    { dtype: inputAt(context, 1).dtype, dims: firstInput(context).dims },
  ]);
  registerInference(['Cast'], (context) => {
    const dtype: ElementType = elementTypeOf(intAttribute(context.node, 'to', 1)) ?? 'float32';
    return [{ dtype, dims: firstInput(context).dims }];
  });
}

function broadcastAll(context: InferenceContext): readonly Dim[] | null {
  let dims: readonly Dim[] | null = [];
  for (const input of context.inputs) {
    if (input === undefined) continue;
    if (input.dims === null || dims === null) return null;
    dims = broadcastDims(dims, input.dims, `${context.node.operator} "${context.node.name}"`);
  }
  return dims;
}
