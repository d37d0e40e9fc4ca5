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
 * - ReluGradient(dy, y): dy where y > 0; ClipGradient(dy, y, low, high): dy where y lies between the bounds, of which
 *   either may be absent. Both of the result alone, so that an activation can be computed with what comes before it
 *   and its input need not be kept; exactly at a bound there is no gradient, as in PyTorch's ReLU and ReLU6
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
