import type {
  ExecutorChoice,
  ExecutorId,
  ExecutorReport,
  ExecutorRoles,
} from '../../../shared/contract/executor.ts';
import type { Evaluation, Recipe } from '../../../shared/contract/recipe.ts';
import type { BlockReport } from '../../../shared/contract/trainer.ts';
import type { TrainingEstimate } from '../../../shared/contract/training.ts';
import { cachedViewCount } from '../../../shared/domain/augmentation.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { MAX_ASPECT, SCRATCH_SIZE } from '../../../shared/domain/recipes.ts';
import { freeBytes } from '../../lib/disk-space.ts';
import { decide, REFERENCE } from '../computing/decide.ts';
import { computingState } from '../computing/service.ts';
import type { EngineContext } from '../context.ts';
import { labeledSizes } from '../stores/snapshots.ts';
import { inspectAll, listBackbones, trainerThreads } from './inspect.ts';
import { runMemory, trainedPart } from './memory.ts';

/**
 * Costs in units of the backbone's measured forward rate, found by timing the bundled sample; the machine's speed
 * comes in through that rate alone.
 */
const cost = {
  /** Forward and backward through a trained block, against forward alone. */
  training: 3.2,
  /** An image of 64×64 through the small network from scratch, forward and backward, against the backbone's forward. */
  scratch: 0.11,
  /** A step of the head alone, seconds: the call costs more than the arithmetic. */
  headStep: 0.0025,
  /** Full decoding on one thread, seconds a megapixel. */
  decode: 0.012,
  /** Starting the process, reading and preparing the network, writing the model, seconds. */
  start: 2,
  /** Preparing the graphs of one model and phase, seconds. */
  prepare: 0.3,
};
/** Values at a cut for each pixel of the input, where nothing was found out about the network. */
const CUT_VALUES_PER_PIXEL = 0.5;
/** Assumed where the machine could not be measured. */
const FALLBACK_RATE = 60;

/** What the estimate is made from; separate so that it can be tested without a machine. */
export type Workload = {
  readonly images: number;
  readonly models: number;
  /** Mean longest ÷ shortest side, and mean megapixels, of the labeled images. */
  readonly aspect: number;
  readonly megapixels: number;
  readonly threads: number;
  /** The chosen backbone's, or the default's for its measured rate; `null` where none was measured. */
  readonly report: BlockReport | null;
  readonly inputSize: number;
  /** What takes the steps; the reference where none was decided on. */
  readonly executor?: ExecutorId;
  /** How much faster the executors in use are than the reference, by which everything else was timed. */
  readonly speedup?: { readonly forward: number; readonly training: number };
};

/** Seconds by phase, memory and disk of a run. Pure; sizes in bytes. */
export function estimateWork(
  recipe: Recipe,
  work: Workload,
): Pick<TrainingEstimate, 'seconds' | 'phases' | 'memoryBytes' | 'diskBytes' | 'measured'> {
  const { images, models, report, executor = REFERENCE, speedup = { forward: 1, training: 1 } } = work;
  const side = recipe.size ?? (recipe.backbone === null ? SCRATCH_SIZE : work.inputSize);
  const aspect = recipe.shape === 'aspect' ? Math.min(MAX_ASPECT, work.aspect) : 1;
  const pixels = side * side * aspect;
  const cardRate = report?.forwardRate ?? FALLBACK_RATE;
  const rate = cardRate / (pixels / (work.inputSize * work.inputSize));
  const views = cachedViewCount(recipe.augmentation, aspect === 1);
  const decode = (images * work.megapixels * cost.decode) / work.threads;
  // Each model learns from all images but those of its own fold; the final one from all.
  const share = models <= 1 ? 1 : (models - 1) / models;
  const passes = (epochs: number) => images * epochs * models * share;
  const phases = recipe.phases.map((phase) => {
    if (phase.name === 'scratch') {
      const area = pixels / SCRATCH_SIZE ** 2;
      const seconds = (passes(phase.epochs) * cost.scratch * area) / (cardRate * speedup.training);
      return { name: phase.name, seconds: seconds + models * cost.prepare };
    }
    const part = trainedPart(report, phase.trainableBlocks);
    const steps = passes(phase.epochs) / recipe.batchSize;
    const learning = (passes(phase.epochs) * part * cost.training) / (rate * speedup.training);
    const seconds = learning + steps * cost.headStep;
    return { name: phase.name, seconds: seconds + models * cost.prepare };
  });
  // Activations at all cuts come from one pass.
  const forward = recipe.backbone === null ? 0 : (images * views) / (rate * speedup.forward);
  const features = cost.start + Math.max(decode, forward);
  const featureValues =
    recipe.features === 'multiLevel' ? report?.featureSize.multiLevel : report?.featureSize.last;
  return {
    seconds: features + phases.reduce((sum, phase) => sum + phase.seconds, 0),
    phases: [{ name: 'features', seconds: features }, ...phases],
    memoryBytes: runMemory(recipe, { report, inputSize: work.inputSize, pixels, executor }),
    diskBytes: Math.round(
      recipe.backbone === null
        ? images * pixels * 3
        : images * keptBytes(recipe, work, { pixels, views, featureValues: featureValues ?? 0 }),
    ),
    measured: report?.forwardRate != null,
  };
}

/** Bytes of a cached number. */
const numberBytes = { half: 2, single: 4 } as const;

/** Bytes that are kept of one image: its features, and what is read at the cuts, which for a whole network are the pixels. */
function keptBytes(
  recipe: Recipe,
  { report, inputSize }: Workload,
  {
    pixels,
    views,
    featureValues,
  }: { readonly pixels: number; readonly views: number; readonly featureValues: number },
): number {
  const blocks = report?.blocks ?? [];
  const scale = pixels / (inputSize * inputSize);
  const cuts = depthsOf(recipe).map((depth) => {
    if (depth === blocks.length) return pixels * 3;
    const known = blocks.at(-depth)?.cutValues ?? null;
    const values = known === null ? pixels * CUT_VALUES_PER_PIXEL : known * scale;
    return views * numberBytes[recipe.cachePrecision] * values;
  });
  const features = views * numberBytes[recipe.cachePrecision] * featureValues;
  return cuts.reduce((sum, bytes) => sum + bytes, features);
}

/** The numbers of blocks that a recipe may come to train together, each once. */
function depthsOf({ phases }: Recipe): readonly number[] {
  const depths = phases.flatMap(({ unfreezing, trainableBlocks: { length } }) =>
    unfreezing.kind === 'atOnce' ? [length] : Array.from({ length }, (_, index) => index + 1),
  );
  return [...new Set(depths.filter((depth) => depth > 0))];
}

/** How many networks a run trains: one a fold and the final one. */
function modelCount(evaluation: Evaluation, statedFolds: number): number {
  if (evaluation.kind === 'kFold') return evaluation.folds + 1;
  return evaluation.kind === 'holdOut' ? 2 : statedFolds + 1;
}

/** What takes the steps by a choice, and what it gains over the reference where that was measured here. */
export async function computingOf(
  context: EngineContext,
  wanted: ExecutorChoice | undefined,
): Promise<Required<Pick<Workload, 'executor' | 'speedup'>>> {
  const { executors, decision } = await computingState(context);
  const roles = wanted === undefined ? decision?.roles : rolesOf(wanted, executors);
  const gain = (role: 'forward' | 'training', rate: 'forwardRate' | 'trainingRate'): number => {
    const rateOf = (id: string | undefined) => executors?.find((each) => each.id === id)?.[rate];
    const [chosen, reference] = [rateOf(roles?.[role]), rateOf(REFERENCE)];
    return chosen && reference ? chosen / reference : 1;
  };
  return {
    executor: roles?.training ?? REFERENCE,
    speedup: { forward: gain('forward', 'forwardRate'), training: gain('training', 'trainingRate') },
  };
}

function rolesOf(wanted: ExecutorChoice, executors: readonly ExecutorReport[] | null): ExecutorRoles {
  // Whether one that was named can be used is said when the run starts; here it is only looked up.
  return wanted === 'auto' ? decide(wanted, executors).roles : { forward: wanted, training: wanted };
}

/** What is asked about a training before it starts. */
export interface TrainingPlan {
  readonly recipe: Recipe;
  readonly evaluation: Evaluation;
  /** What would compute it; the person's setting where absent. */
  readonly executor?: ExecutorChoice | undefined;
}

/** Time, memory and disk that a run will take here, and what there is. */
export async function estimateTraining(
  context: EngineContext,
  { recipe, evaluation, executor }: TrainingPlan,
): Promise<TrainingEstimate> {
  const project = context.project();
  const [inspection, backbones] = await Promise.all([inspectAll(context), listBackbones(context)]);
  const sizes = labeledSizes(project.db);
  const backbone = backbones.find((each) => each.id === recipe.backbone) ?? backbones[0];
  const report = inspection.get(backbone?.id ?? '') ?? null;
  const work = estimateWork(recipe, {
    images: sizes.images,
    models: modelCount(evaluation, sizes.statedFolds),
    aspect: sizes.aspect,
    megapixels: sizes.megapixels,
    threads: trainerThreads(context),
    report,
    inputSize: backbone?.inputSize ?? SCRATCH_SIZE,
    ...(await computingOf(context, executor)),
  });
  return {
    ...work,
    freeMemoryBytes: process.availableMemory(),
    freeDiskBytes: await freeBytes(project.folder),
  };
}

/** StudioError NO_SPACE or OUT_OF_MEMORY, naming both numbers, where a run could not come to its end. */
export async function requireResources(context: EngineContext, plan: TrainingPlan): Promise<void> {
  const estimate = await estimateTraining(context, plan);
  const mega = (bytes: number) => Math.ceil(bytes / 1_000_000);
  if (estimate.diskBytes > estimate.freeDiskBytes) {
    throw new StudioError(
      'NO_SPACE',
      `${mega(estimate.diskBytes)} MB are needed on the disk of the project, ${mega(estimate.freeDiskBytes)} MB are free. Free some space and try again.`,
      { needed: estimate.diskBytes, free: estimate.freeDiskBytes },
    );
  }
  if (estimate.memoryBytes > estimate.freeMemoryBytes) {
    throw new StudioError(
      'OUT_OF_MEMORY',
      `About ${mega(estimate.memoryBytes)} MB of memory are needed, ${mega(estimate.freeMemoryBytes)} MB are free. Close other programs, or choose a smaller batch.`,
      { needed: Math.round(estimate.memoryBytes), free: estimate.freeMemoryBytes },
    );
  }
}
