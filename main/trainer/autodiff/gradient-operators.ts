import type { Domain } from '../graph/types.ts';

/** The domain of operators that ONNX lacks and gradients need; each executor lowers them its own way. */
export const GRADIENT_DOMAIN: Domain = 'enxerto.gradient';

/**
 * The closed set of gradient operators. First inputs are always the incoming gradient's; window operators keep the
 * attributes of the operator they differentiate, and `output_shape` gives the shape of the result.
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
