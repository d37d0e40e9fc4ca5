import type { Graph, Tensor } from '../graph/types.ts';
import type { LossSpec } from '../losses/types.ts';
import type { OptimiserSpec } from '../optimisers/types.ts';

/** Parameters that share a learning rate; the rate itself is an input of every step. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Decoupled decay for AdamW, L2 term for SGD; never applied to biases and normalisation scales (rank ≤ 1). */
  readonly weightDecay: number;
}

/** A dropout mask the caller draws: 0 with probability `rate`, else 1/(1 − rate); all ones when evaluating. */
export interface DropoutMask {
  readonly input: string;
  readonly rate: number;
  /** Shape of one batch's mask; the first axis is the batch. */
  readonly dims: readonly (number | string)[];
}

/** A differentiable network with one logits output: a head, a suffix with a head, or a whole network. */
export interface Network {
  /** Inputs: `inputs`, then the masks; one output, `logits` [batch, classes]. */
  readonly graph: Graph;
  /** Data inputs (images, cut activations or features), in the order of the cut. */
  readonly inputs: readonly string[];
  readonly logits: string;
  readonly masks: readonly DropoutMask[];
  /** Initializers that may be trained, in graph order. */
  readonly parameters: readonly string[];
}

/** Everything `buildTrainingGraph` needs to make one training step. */
export interface TrainingSpec {
  readonly network: Network;
  /** Images per step; a smaller last batch is padded and its padding given sample weight 0. */
  readonly batch: number;
  readonly loss: LossSpec;
  readonly optimiser: OptimiserSpec;
  /** What is trained; parameters in no group stay constant and are not differentiated. */
  readonly groups: readonly ParameterGroup[];
  /** Gradients are scaled down so that their global norm is at most this. */
  readonly clipNorm?: number;
}

/** One value carried from step to step. */
export interface TrainingState {
  readonly name: string;
  readonly next: string;
  readonly role: 'parameter' | 'slot';
  /** The parameter this belongs to (itself, for a parameter). */
  readonly parameter: string;
  readonly initial: Tensor;
}

/** One training step (forward, backward, optimiser) as a graph, with the names by which to drive it. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly state: readonly TrainingState[];
  /** Data inputs, as in the network. */
  readonly inputs: readonly string[];
  readonly masks: readonly DropoutMask[];
  /** float32 [batch, classes]. */
  readonly target: string;
  /** float32 [batch]; 1 for a real sample, 0 for padding, anything else to weigh samples. */
  readonly sampleWeight: string;
  /** Scalar float32 input: number of this step, from 1. */
  readonly step: string;
  /** Group name → scalar float32 input holding its learning rate. */
  readonly learningRates: ReadonlyMap<string, string>;
  /** Scalar output: the weighted mean loss of the batch, before the update. */
  readonly loss: string;
  /** Output float32 [batch, classes], before the update. */
  readonly logits: string;
  /** Scalar output: global norm of the gradients before clipping. */
  readonly gradientNorm: string;
}
