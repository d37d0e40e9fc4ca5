import { noAugmentation } from './augmentation.ts';
import type { BackboneId } from './ids.ts';

/**
 * Images at a time below which a batch's statistics are too noisy: ResNet-50 loses a point at 8, eleven at 2 (Wu & He
 * 2018).
 */
export const ENOUGH_FOR_STATISTICS = 16;

/** What of a recipe says how its networks normalise. */
export type RecipeNorms = {
  readonly backbone: BackboneId | null;
  readonly batchNorm: 'inference' | 'adapted';
  readonly scratchNorm: 'group' | 'batch';
};

/** Whether some batch normalisation of a run standardises by the batch it sees. */
export function usesBatchStatistics(recipe: RecipeNorms): boolean {
  return recipe.backbone === null ? recipe.scratchNorm === 'batch' : recipe.batchNorm === 'adapted';
}

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

/** Blocks that learn in fine-tuning by default: deeper ones cost several times as much and gained nothing on small sets. */
const FINE_TUNED_BLOCKS = 2;
/**
 * Images from which a part of them is spared to watch for overfitting. Fewer are better all learned from, with few
 * epochs and a rate that falls to zero: 30 watching images decide by chance, and 30 more learning ones are worth points.
 */
const ENOUGH_TO_WATCH = 1000;
/** Short side in pixels for the network from scratch: enough for spots and textures, a tenth of the full size's work. */
export const SCRATCH_SIZE = 64;
/** Longest ÷ shortest side of a run's shape at most: more would cost more than it shows, so panoramas are padded. */
export const MAX_ASPECT = 2;
/** Programs that a run keeps for its next models; each holds its weights and buffers. */
export const KEPT_PROGRAMS = 8;

/** How far and how often the schedules that go down in steps do so. */
export function usualDrop() {
  return { factor: 0.1, epochs: 5 };
}

/** AdamW as its authors give it (Loshchilov & Hutter 2019). */
export function usualOptimiser() {
  return { kind: 'adamw' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

/** How a phase goes where nothing else is asked for: all its blocks at once, by steps, kept whatever comes of it. */
export function usualConduct() {
  return {
    unfreezing: { kind: 'atOnce' as const },
    stopping: { kind: 'recipe' as const },
    mixing: { mixup: 0, cutmix: 0 },
    probe: { kind: 'gradient' as const },
    keep: { kind: 'always' as const },
  };
}

/** Part of a training fold that watches where a phase asks for its judgement and none is set aside yet. */
export const USUAL_WATCH = 0.15;
/** Level of the test that decides whether a phase is kept. */
const USUAL_LEVEL = 0.05;
/** Blocks by which a deeper phase goes further down. */
const DEEPER_BY = 2;

/** The recipe with a part that watches: as large as it was, or the usual one. */
export function withWatching<R extends { readonly earlyStopping: { readonly holdOut: number } }>(
  recipe: R,
): R {
  const { earlyStopping } = recipe;
  if (earlyStopping.holdOut > 0) return recipe;
  return { ...recipe, earlyStopping: { ...earlyStopping, holdOut: USUAL_WATCH } };
}

/** What a deeper phase is made from. */
type Deepening = {
  readonly phases: readonly { readonly name: string; readonly trainableBlocks: readonly string[] }[];
  readonly earlyStopping: { readonly holdOut: number };
};

/**
 * The recipe with one more phase after the last, in which the next blocks below learn too and which is kept only if it
 * helps; null where there is no fine-tuning phase to go deeper from, or nothing below it. `blocks`: ids of the backbone's
 * blocks from the image on.
 */
export function withDeeperPhase<R extends Deepening>(recipe: R, blocks: readonly string[]): R | null {
  const last = recipe.phases.at(-1);
  if (last?.name !== 'fineTuning' || last.trainableBlocks.length >= blocks.length) return null;
  const trainableBlocks = blocks.slice(-(last.trainableBlocks.length + DEEPER_BY));
  const keep = { kind: 'ifBetter' as const, level: USUAL_LEVEL };
  const deeper = { ...last, trainableBlocks, keep };
  return withWatching({ ...recipe, phases: [...recipe.phases, deeper] });
}

/** ULMFiT's unfreezing: one block an epoch from the top, each at the rate of the one above ÷ 2.6, slanted triangular. */
export function gradualConduct() {
  return {
    unfreezing: { kind: 'schedule' as const, start: 0, every: 1 },
    backboneFactor: 1 / 2.6,
    blockDecay: 1 / 2.6,
    schedule: 'slantedTriangular' as const,
    warmUp: 0.1,
  };
}

/** A head alone converges in these few epochs, since its features are standardised and cached. */
const headPhase = {
  name: 'head' as const,
  trainableBlocks: [] as string[],
  epochs: 30,
  learningRate: 1e-3,
  backboneFactor: 0.1,
  blockDecay: 0.75,
  weightDecay: 0.01,
  schedule: 'cosine' as const,
  warmUp: 0.1,
  drop: usualDrop(),
  ...usualConduct(),
};

/** The starting point for a strategy; everything in it can be changed before the start. */
export function defaultRecipe(strategy: StrategyName, facts: RecipeFacts) {
  const scratch = strategy === 'scratch';
  return {
    strategy,
    backbone: scratch ? null : facts.backbone,
    shape: 'aspect' as const,
    size: scratch ? SCRATCH_SIZE : null,
    features: 'multiLevel' as const,
    head: { hidden: null, dropout: 0.2 },
    phases: phasesOf(strategy, facts.blocks.slice(-FINE_TUNED_BLOCKS)),
    batchSize: 16,
    accumulation: 1,
    optimiser: usualOptimiser(),
    decayed: 'weights' as const,
    loss: { kind: 'crossEntropy' as const },
    averaging: null,
    l2sp: null,
    labelSmoothing: facts.task === 'singleLabel' ? 0.1 : 0,
    classWeights: 'none' as const,
    // AdamW already bounds each step; shortening the first, longest gradients cost the head two points.
    clipNorm: null,
    augmentation: {
      ...noAugmentation,
      flipHorizontal: true,
      // Cached views are few; only a network that sees the pixels anew each time gains from changing their colours.
      brightness: scratch ? 0.1 : 0,
      contrast: scratch ? 0.1 : 0,
      views: 2,
    },
    earlyStopping:
      facts.images >= ENOUGH_TO_WATCH ? { patience: 8, holdOut: 0.1 } : { patience: null, holdOut: 0 },
    foldedBatchNorm: false,
    batchNorm: 'inference' as const,
    batchNormMomentum: 0.1,
    scratchNorm: 'group' as const,
    stochasticDepth: 0,
    cachePrecision: 'half' as const,
    seed: 1,
  };
}

function phasesOf(strategy: StrategyName, last: readonly string[]) {
  const fineTuning = {
    ...headPhase,
    name: 'fineTuning' as const,
    trainableBlocks: [...last],
    epochs: 8,
    // The backbone moves at a quarter of the rate the head learned with: enough to adapt, too little to forget.
    learningRate: 5e-4,
    backboneFactor: 0.5,
  };
  switch (strategy) {
    case 'featureExtraction':
      return [headPhase];
    case 'fineTuning':
      return [fineTuning];
    case 'hybrid':
      return [headPhase, fineTuning];
    case 'scratch':
      return [{ ...headPhase, name: 'scratch' as const, weightDecay: 0.05 }];
  }
}

/**
 * A recipe for another pretrained network: as many of its last blocks learn in every phase as did before (all, where
 * all did), since the names of blocks are each network's own. `from`, `blocks`: ids, from the image to the features.
 */
export function onBackbone<
  Phase extends { readonly trainableBlocks: readonly string[] },
  Recipe extends { readonly backbone: BackboneId | null; readonly phases: readonly Phase[] },
>(
  recipe: Recipe,
  to: { readonly from: readonly string[]; readonly id: BackboneId; readonly blocks: readonly string[] },
) {
  const { from, id, blocks } = to;
  const phases = recipe.phases.map((phase) => {
    const learning = phase.trainableBlocks.length;
    const first = learning >= from.length ? 0 : Math.max(0, blocks.length - learning);
    return { ...phase, trainableBlocks: learning === 0 ? [] : blocks.slice(first) };
  });
  return { ...recipe, backbone: id, phases };
}
