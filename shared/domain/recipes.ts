import type { BackboneId } from './ids.ts';

/** What a default recipe depends on. */
export type RecipeFacts = {
  readonly images: number;
  readonly classes: number;
  readonly task: 'singleLabel' | 'multiLabel';
  readonly backbone: BackboneId;
  /** Ids of the backbone's blocks from the image to the features. */
  readonly blocks: readonly string[];
};
type StrategyName = 'featureExtraction' | 'fineTuning' | 'hybrid' | 'scratch';

/** Blocks that learn in fine-tuning by default: the last two stages and the final convolution. */
const FINE_TUNED_BLOCKS = 3;

const headPhase = {
  name: 'head' as const,
  trainableBlocks: [] as string[],
  epochs: 60,
  learningRate: 1e-3,
  backboneFactor: 0.1,
  blockDecay: 0.75,
  weightDecay: 0.01,
  schedule: 'cosine' as const,
  warmUp: 0.1,
};

/** The starting point for a strategy; everything in it can be changed before the start. */
export function defaultRecipe(strategy: StrategyName, facts: RecipeFacts) {
  const last = facts.blocks.slice(-FINE_TUNED_BLOCKS);
  const fineTuning = {
    ...headPhase,
    name: 'fineTuning' as const,
    trainableBlocks: last,
    epochs: 12,
    learningRate: 5e-4,
  };
  const scratchPhase = { ...headPhase, name: 'scratch' as const, epochs: 40, weightDecay: 0.05 };
  const scratch = strategy === 'scratch';
  const phases = {
    featureExtraction: [headPhase],
    fineTuning: [fineTuning],
    hybrid: [headPhase, fineTuning],
    scratch: [scratchPhase],
  }[strategy];
  return {
    strategy,
    backbone: scratch ? null : facts.backbone,
    shape: 'aspect' as const,
    size: scratch ? 96 : null,
    features: 'multiLevel' as const,
    head: { hidden: null, dropout: 0.2 },
    phases,
    batchSize: 16,
    labelSmoothing: facts.task === 'singleLabel' ? 0.1 : 0,
    classWeights: 'none' as const,
    clipNorm: 1,
    augmentation: { flipHorizontal: true, flipVertical: true, brightness: 0, contrast: 0, views: 2 },
    earlyStopping: { patience: 8, holdOut: 0.15 },
    foldedBatchNorm: true,
    seed: 1,
  };
}
