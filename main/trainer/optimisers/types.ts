/** How gradients become new weights; learning rates and decay are per group (`ParameterGroup`). */
export type OptimiserSpec =
  | {
      readonly kind: 'adamw';
      /** Decay of the mean of gradients, usually 0.9. */
      readonly beta1: number;
      /** Decay of the mean of squared gradients, usually 0.999. */
      readonly beta2: number;
      readonly epsilon: number;
    }
  | {
      readonly kind: 'sgd';
      readonly momentum: number;
      readonly nesterov: boolean;
    };
