import type { ExecutorId } from '../../../shared/contract/executor.ts';
import type { Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import type { BlockReport } from '../../../shared/contract/trainer.ts';
import { KEPT_PROGRAMS } from '../../../shared/domain/recipes.ts';

/** How much memory a runtime takes. */
interface Appetite {
  /** Of the process before the first image, in bytes. */
  readonly base: number;
  /** Against what is alive at once in the graph of a step. */
  readonly factor: number;
  /** The same for the small network from scratch, by what it normalises over: some runtimes compute much of it in place. */
  readonly scratch: { readonly group: number; readonly batch: number };
  /** Rearranges all maps for the weight gradients of convolutions while it goes forward, and holds them until they are read. */
  readonly ahead: boolean;
  /** Programs of several phases use the same memory. */
  readonly shared: boolean;
}

/**
 * From the largest resident sets of runs that trained all of MobileNetV2, EfficientNet-Lite0 and ResNet-18 with 4 to 16
 * images of 96 to 224 pixels, as they came, folded and adapted, in the layout that was found to be the fastest.
 */
const onnx: Appetite = {
  base: 380e6,
  factor: 1.55,
  scratch: { group: 1, batch: 1 },
  ahead: false,
  shared: false,
};
const openVino: Appetite = {
  base: 520e6,
  factor: 1.2,
  scratch: { group: 2.5, batch: 1.6 },
  ahead: true,
  shared: false,
};
const tensorFlow: Appetite = {
  base: 560e6,
  factor: 1.25,
  scratch: { group: 1.6, batch: 1.6 },
  ahead: false,
  shared: true,
};
const tensorFlowJs: Appetite = {
  base: 380e6,
  factor: 1.25,
  scratch: { group: 1.6, batch: 1.6 },
  ahead: false,
  shared: true,
};

function appetiteOf(executor: ExecutorId): Appetite {
  if (executor.startsWith('openvino')) return openVino;
  if (executor.startsWith('tfjs-tensorflow')) return tensorFlow;
  return executor.startsWith('tfjs') ? tensorFlowJs : onnx;
}

/** For each pixel of an image that goes through the frozen part, eight images at a time. */
const FROZEN_BYTES = 8 * 120;
/**
 * For each pixel of an image in a batch where nothing was found out about the network: all of it, a share of the
 * multiply-adds. The batch's statistics take about as much more as they do in MobileNetV2.
 */
const UNKNOWN_BYTES = { inference: 750, adapted: 1300, columns: 800 };
/** The small network from scratch, for each pixel of an image in a batch, by what it normalises over. */
export const scratchBytes = { group: 324, batch: 204 };
/** Its weights, and those of a usual head. */
const SCRATCH_WEIGHTS = 390_000;
const HEAD_WEIGHTS = 10_000;
/** Copies of the weights beside the state: gradients, the network as it was read, as it was written for the runtime. */
const COPIES = 10;

/** What the memory of a run depends on beside the recipe. */
export interface MemoryFacts {
  /** The backbone's, at its card's size; `null` where there is none or nothing was found out. */
  readonly report: BlockReport | null;
  readonly inputSize: number;
  /** Pixels of an image as the run sees it. */
  readonly pixels: number;
  /** What takes the steps. */
  readonly executor: ExecutorId;
}

/** Bytes of main memory that a trainer's process takes at most. */
export function runMemory(recipe: Recipe, facts: MemoryFacts): number {
  const appetite = appetiteOf(facts.executor);
  const programs = recipe.phases.flatMap((phase) =>
    learningSets(phase).map((blocks) => programBytes(recipe, blocks, facts, appetite)),
  );
  const largest = programs.sort((one, other) => other - one).slice(0, appetite.shared ? 1 : KEPT_PROGRAMS);
  const frozen = recipe.backbone === null ? 0 : facts.pixels * FROZEN_BYTES;
  return appetite.base + frozen + largest.reduce((sum, bytes) => sum + bytes, 0);
}

/** Every set of blocks that a phase comes to. */
function learningSets({ unfreezing, trainableBlocks }: TrainingPhase): readonly (readonly string[])[] {
  const all = trainableBlocks.length;
  const least = unfreezing.kind === 'atOnce' ? all : Math.min(all, unfreezing.start);
  return Array.from({ length: all - least + 1 }, (_, index) => trainableBlocks.slice(all - least - index));
}

function programBytes(
  recipe: Recipe,
  blocks: readonly string[],
  facts: MemoryFacts,
  { factor, scratch, ahead }: Appetite,
): number {
  const state = stateBytes(recipe, blocks, facts);
  if (recipe.backbone === null) {
    const image = facts.pixels * scratchBytes[recipe.scratchNorm];
    return recipe.batchSize * scratch[recipe.scratchNorm] * image + state;
  }
  const { alive, columns } = imageBytes(recipe, blocks, facts);
  return recipe.batchSize * (factor * alive + (ahead ? columns : 0)) + state;
}

/** What one image adds: values alive at once, those that are read among them, and those that some runtimes compute ahead. */
function imageBytes(
  recipe: Recipe,
  blocks: readonly string[],
  { report, inputSize, pixels }: MemoryFacts,
): { readonly alive: number; readonly columns: number } {
  if (blocks.length === 0) return { alive: 0, columns: 0 };
  const mode = recipe.batchNorm === 'adapted' ? 'adapted' : recipe.foldedBatchNorm ? 'folded' : 'inference';
  const first = report?.blocks.find(({ id }) => blocks.includes(id));
  const deepest = first?.stepBytes;
  if (!deepest) {
    const bytes = UNKNOWN_BYTES[mode === 'adapted' ? 'adapted' : 'inference'];
    const share = trainedPart(report, blocks) * pixels;
    return { alive: share * bytes, columns: share * UNKNOWN_BYTES.columns };
  }
  const scale = pixels / (inputSize * inputSize);
  const read = 4 * (first.cutValues ?? 0);
  return { alive: scale * (deepest[mode] + read), columns: scale * deepest.columns };
}

/** Weights and optimiser slots in their two sets of buffers, and the copies on the way. */
function stateBytes(
  { optimiser, averaging, accumulation, backbone }: Recipe,
  blocks: readonly string[],
  { report }: MemoryFacts,
): number {
  const slots = optimiser.kind === 'adamw' ? 2 : Number(optimiser.momentum > 0);
  const kept = 1 + slots + Number(averaging !== null) + Number(accumulation > 1);
  const learning = new Set(blocks);
  const ofBlocks = (report?.blocks ?? [])
    .filter(({ id }) => learning.has(id))
    .reduce((sum, block) => sum + block.parameters, 0);
  const weights = backbone === null ? SCRATCH_WEIGHTS : HEAD_WEIGHTS + ofBlocks;
  return 4 * weights * (2 * kept + COPIES);
}

/** Share of the backbone's multiply-adds that lies in the trainable blocks. */
export function trainedPart(report: BlockReport | null, blocks: readonly string[]): number {
  const all = report?.blocks ?? [];
  const total = all.reduce((sum, block) => sum + block.multiplyAdds, 0);
  if (total === 0) return blocks.length === 0 ? 0 : 0.3;
  const trained = all.filter((block) => blocks.includes(block.id));
  return trained.reduce((sum, block) => sum + block.multiplyAdds, 0) / total;
}
