import type { Domain } from '../graph/types.ts';

/** The domain of operators that ONNX lacks and gradients need; each executor lowers them its own way. */
export const GRADIENT_DOMAIN: Domain = 'enxerto.gradient';

/**
 * The closed set of gradient operators. First inputs are always the incoming gradient's; window operators keep the
 * attributes of the operator they differentiate, with padding resolved to numbers; `input_shape` is that of the forward
 * operator's input and `output_shape` that of the result. Windows in one dimension come as planes of height 1.
 * All other gradients are compositions of standard operators; beyond those that networks have themselves they use
 * ScatterND and ScatterElements (reduction "add"), Sign, Mod (int64), and Slice with step -1.
 *
 * - ConvInputGradient(dy, w), ConvWeightGradient(dy, x)
 * - AveragePoolGradient(dy), MaxPoolGradient(dy, x): a tie's gradient goes to the first maximum
 * - ReluGradient(dy, y): dy where y > 0; ClipGradient(dy, x, y): dy where the clip left x as it was
 * - TransposedMatMul(a, b; transA, transB): batched product of matrices, either of them transposed
 */
export type GradientOperator =
  | 'ConvInputGradient'
  | 'ConvWeightGradient'
  | 'AveragePoolGradient'
  | 'MaxPoolGradient'
  | 'ReluGradient'
  | 'ClipGradient'
  | 'TransposedMatMul';
