/**
 * What is minimised. Targets are always float32 [batch, classes]: one-hot (or soft) rows for
 * cross-entropy, independent 0/1 entries for binary cross-entropy.
 */
export type LossSpec =
  | {
      readonly kind: 'cross-entropy';
      /** Probability mass spread evenly over the classes, 0 to 1. */
      readonly labelSmoothing?: number;
      /** One factor per class, as torch's `weight`. */
      readonly classWeights?: readonly number[];
    }
  | {
      readonly kind: 'binary-cross-entropy';
      /** One factor per class, as torch's `weight`. */
      readonly classWeights?: readonly number[];
      /** One factor per class on its positive term, as torch's `pos_weight`. */
      readonly positiveWeights?: readonly number[];
    };
