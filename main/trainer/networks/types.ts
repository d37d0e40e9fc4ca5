import type { BatchStatistics } from '../graph/batch-statistics.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import type { LossSpec } from '../losses/types.ts';
import type { OptimiserSpec } from '../optimisers/types.ts';

/** Parameters that share a learning rate; the rate itself is an input of every step. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Decoupled decay for AdamW, L2 term for SGD; of biases and normalisation scales only where the spec says so. */
  readonly weightDecay: number;
  /** A penalty strength/2·‖w − w₀‖² on the same weights, w₀ being what the network holds, or zero. */
  readonly pull?: { readonly strength: number; readonly towards: 'start' | 'zero' };
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
  /** What decay and pulls act on: everything but biases and normalisation scales, unless `everything` is asked for. */
  readonly decayed?: 'weights' | 'everything';
  /** Keeps a running average of every trained weight. */
  readonly average?: boolean;
  /** Batch normalisations that standardise by the batch they see. All others use their running statistics as they are. */
  readonly batchStatistics?: BatchStatistics;
  /** Weights and statistics that stand still but are no constants either: they are handed over like those that learn. */
  readonly held?: readonly string[];
  /** Lets several batches make one step: the gradient is then that of all of them as one batch. */
  readonly accumulate?: boolean;
}

/** One value carried from step to step. */
export interface TrainingState {
  readonly name: string;
  readonly next: string;
  /**
   * `average`: running average of a parameter or a statistic; `sum`: of gradients, or of what the batches count;
   * `statistic`: a batch normalisation's running mean or variance, a weight of the network that is not trained but moves.
   */
  readonly role: 'parameter' | 'slot' | 'average' | 'sum' | 'statistic';
  /** The parameter this belongs to (itself, for a parameter or a statistic); null for what belongs to all. */
  readonly parameter: string | null;
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
  /** Input of the targets' shape: logits of the network to learn from; null unless the loss is a distillation. */
  readonly teacher: string | null;
  /** Scalar float32 input: number of this step, from 1. */
  readonly step: string;
  /** Group name → scalar float32 input holding its learning rate. */
  readonly learningRates: ReadonlyMap<string, string>;
  /** Scalar float32 input: how far averages move towards the new weights, 0 to 1; null where none are kept. */
  readonly averageRate: string | null;
  /**
   * Scalar float32 inputs where several batches make a step: `carry` is 0 in its first batch and 1 in the others,
   * `apply` 1 in its last and 0 in the others.
   */
  readonly gather: { readonly carry: string; readonly apply: string } | null;
  /** Scalar output: the weighted mean loss of the batch, before the update. */
  readonly loss: string;
  /** Output float32 [batch, classes], before the update. */
  readonly logits: string;
  /** Scalar output: global norm of the gradients before clipping; null where they are not clipped. */
  readonly gradientNorm: string | null;
}
