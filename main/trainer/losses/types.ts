/**
 * What is minimised. Targets are float32 of the network's output's shape: one-hot (or soft) rows [batch, classes] for
 * cross-entropy, independent 0/1 entries for binary cross-entropy, masks [batch, classes, height, width] for Dice,
 * values for MSE and Huber, boxes [batch, 4] as left, top, right, bottom for the IoU family.
 */
export type LossSpec = HardLossSpec | BinaryLossSpec | MaskLossSpec | ValueLossSpec | DistillationSpec;

/** Losses of one label an image that need nothing but the labels. */
export type HardLossSpec =
  | {
      readonly kind: 'cross-entropy';
      /** Probability mass spread evenly over the classes, 0 to 1. */
      readonly labelSmoothing?: number;
      /** One factor per class, as torch's `weight`. */
      readonly classWeights?: readonly number[];
    }
  | {
      readonly kind: 'focal';
      /** How much less what is already right counts; 0 is cross-entropy, 2 usual. */
      readonly gamma: number;
      readonly labelSmoothing?: number;
      /** One factor per class, the α of the paper. */
      readonly classWeights?: readonly number[];
    };

/** Losses of several labels an image. */
export type BinaryLossSpec =
  | {
      readonly kind: 'binary-cross-entropy';
      /** One factor per class, as torch's `weight`. */
      readonly classWeights?: readonly number[];
      /** One factor per class on its positive term, as torch's `pos_weight`. */
      readonly positiveWeights?: readonly number[];
    }
  | {
      readonly kind: 'binary-focal';
      readonly gamma: number;
      /** One factor per class on its positive term; absent: 1. The paper's α is `alpha` here and 1 − `alpha` on the negative one. */
      readonly positiveWeights?: readonly number[];
      /** Share of the positive term, 0 to 1; absent: both count 1. */
      readonly alpha?: number;
    };

/** Losses of masks, one channel a class. */
export type MaskLossSpec = {
  readonly kind: 'dice';
  /** Whether classes exclude one another at a pixel (softmax) or not (sigmoid). */
  readonly activation: 'softmax' | 'sigmoid';
  /** Added to both parts of the ratio, so that an absent class that is not predicted counts as right; usually 1. */
  readonly smooth: number;
  readonly classWeights?: readonly number[];
};

/** Losses of numbers and of boxes. */
export type ValueLossSpec =
  | { readonly kind: 'mse' }
  /** `delta`: error from which the loss grows linearly. */
  | { readonly kind: 'huber'; readonly delta: number }
  /** `beta`: the same place; the loss is Huber's ÷ beta. */
  | { readonly kind: 'smooth-l1'; readonly beta: number }
  | { readonly kind: 'iou' }
  | { readonly kind: 'giou' };

/** Learning from another network's answers beside the labels. */
export type DistillationSpec = {
  readonly kind: 'distillation';
  /** Softens both answers; 1 leaves them as they are. */
  readonly temperature: number;
  /** Share of the teacher in the loss, 0 to 1; the rest is the labels'. */
  readonly share: number;
  readonly hard: HardLossSpec;
};
