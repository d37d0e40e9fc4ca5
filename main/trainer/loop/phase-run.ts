import type { Averaging, TrainingPhase } from '../../../shared/contract/recipe.ts';
import type { Samples } from '../data/samples.ts';
import type { Tensor } from '../graph/types.ts';
import type { CompiledPhase } from './compiled-phase.ts';
import type { Plateau } from './schedule.ts';
import type { Targets } from './targets.ts';
import type { Thaw } from './unfreezing.ts';

/** Where a phase stands between two steps; with the tensors beside it all that is needed to go on exactly. */
export interface PhasePosition {
  readonly epoch: number;
  /** Batches of this epoch already taken. */
  readonly batch: number;
  /** Sums over them, of losses with the images' weights. */
  readonly loss: number;
  readonly right: number;
  readonly seen: number;
  readonly seconds: number;
  /** Epoch whose weights watched best, and its loss. */
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  readonly plateau: Plateau;
  /** Blocks that learn now. */
  readonly thaw: Thaw;
}

/** How a stretch of a phase ended: the phase is over, or goes on with another set of blocks. */
export type PhaseOutcome =
  | { readonly kind: 'trained'; readonly weights: Map<string, Tensor> }
  | {
      readonly kind: 'regrouped';
      readonly position: PhasePosition;
      readonly best: ReadonlyMap<string, Tensor>;
      /** What the next stretch begins with. */
      readonly weights: ReadonlyMap<string, Tensor>;
    };

/** What a checkpoint of a running phase holds. */
export interface PhaseState {
  readonly position: PhasePosition;
  /** Parameters and optimiser slots by name. */
  readonly variables: ReadonlyMap<string, Tensor>;
  /** Parameters of the best epoch; empty before the first. */
  readonly best: ReadonlyMap<string, Tensor>;
}

/** An epoch that ended. */
export interface EpochResult {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
  readonly seconds: number;
}

/** One phase of one model. */
export interface PhaseRun {
  readonly compiled: CompiledPhase;
  readonly phase: TrainingPhase;
  readonly samples: Samples;
  readonly targets: Targets;
  /** Weight of each image in the loss, by image. */
  readonly imageWeights: Float32Array;
  /** Images that learn and images that watch. */
  readonly training: readonly number[];
  readonly watching: readonly number[];
  /** Epochs without improvement after which the phase ends; null: never early. */
  readonly patience: number | null;
  /** The running average that is kept of the weights; null: none. */
  readonly averaging: Averaging | null;
  /** Batches that make one step. */
  readonly accumulation: number;
  /** Inputs that are the same in every step (the head's statistics). */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Weights of the phases before. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Seed of this model and phase. Every draw depends on it and on the position alone, so nothing else need be stored. */
  readonly seed: number;
  readonly now: () => number;
  /** Called between steps: waits, cancels, writes checkpoints. */
  readonly between: (snapshot: () => Promise<PhaseState>) => Promise<void>;
  readonly onBatch: (images: number, position: PhasePosition) => void;
  readonly onEpoch: (result: EpochResult) => void;
}
