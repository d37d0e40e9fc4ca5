import type { Recipe, TrainingPhase } from '../../../shared/contract/recipe.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { ENOUGH_FOR_STATISTICS, SCRATCH_SIZE, usesBatchStatistics } from '../../../shared/domain/recipes.ts';
import { plainView } from '../data/augmentation/view.ts';
import { type RunShape, runShape } from '../data/run-shape.ts';
import { activationSamples, pixelSamples, type Samples } from '../data/samples.ts';
import { type ExecutorSet, executorsFor } from '../executors/roles.ts';
import { type Findings, openFindings } from '../executors/tuning/findings.ts';
import type { JobContext } from '../jobs/job.ts';
import type { Reporter } from '../jobs/reporter.ts';
import type { Backbone } from '../networks/backbone.ts';
import { FEATURES } from '../networks/features.ts';
import { PIXELS } from '../networks/input-stage.ts';
import type { Network } from '../networks/types.ts';
import { type Assembly, assemble } from './assemble.ts';
import { type Cut, lastBlocks } from './body.ts';
import type { CheckpointNotes } from './checkpoint.ts';
import { computingOf } from './computing.ts';
import { openBackbone } from './model-files.ts';
import { notResumable } from './not-resumable.ts';
import { type PhaseNetwork, phaseNetwork, scratchNetwork } from './phase-network.ts';
import { checkRecipe } from './recipe-check.ts';
import { cacheKey, closeCaches, fillCaches, openCaches, viewsOf } from './run-caches.ts';
import { type Targets, targetsOf } from './targets.ts';
import { thawCounts } from './unfreezing.ts';

/** A set of blocks that learn together, with what it reads. */
export interface Stage {
  readonly network: PhaseNetwork;
  readonly samples: Samples;
}

/** A phase with all sets of blocks that it may come to, the smallest first. */
export interface PreparedPhase {
  readonly phase: TrainingPhase;
  readonly stages: readonly [Stage, ...Stage[]];
}

/** The stage of a phase in which so many blocks learn. */
export function stageOf({ phase, stages }: PreparedPhase, blocks: number): Stage {
  return stages[thawCounts(phase).indexOf(blocks)] ?? stages[0];
}

/** Everything a run has in common for all its models. */
export interface RunSetup {
  readonly manifest: TrainManifest;
  readonly backbone: Backbone | null;
  readonly assembly: Assembly;
  readonly shape: RunShape;
  readonly computing: ExecutorSet;
  readonly targets: Targets;
  readonly phases: readonly PreparedPhase[];
  /** The features of images as they are; null for a network without a backbone. */
  readonly features: Samples | null;
  /** Positions of images that could not be read; they take no part. */
  readonly failed: ReadonlySet<number>;
  /** Views that had to be described before the first step. */
  readonly described: number;
  /** What was found to compute fastest; null where nothing is timed. */
  readonly findings: Findings | null;
  readonly close: () => Promise<void>;
}

/**
 * Loads the networks, plans the cuts of all phases and computes what is missing at them. `begun`: what a run that goes on
 * began with; RUN_NOT_RESUMABLE where the file of its pretrained network is another one now. `smaller`: so many processes
 * before were ended for want of memory.
 */
export async function setUpRun(
  manifest: TrainManifest,
  context: JobContext,
  begun: Pick<CheckpointNotes, 'backbone' | 'findings'> | null,
  smaller = 0,
): Promise<RunSetup> {
  checkClasses(manifest);
  checkRecipe(manifest.recipe);
  const findings = await findingsOf(manifest, context, begun?.findings);
  const computing = await executorsFor(manifest.runtime, manifest.files, findings);
  context.reporter.send({ type: 'computing', computing: computingOf({ computing, manifest }) });
  const { recipe } = manifest;
  const before = begun?.backbone ?? null;
  const backbone =
    recipe.backbone === null
      ? null
      : await openBackbone(manifest.files.backbones, recipe.backbone, before?.card);
  if (backbone && before && before.sha256 !== backbone.card.sha256)
    throw notResumable(`its pretrained network ${backbone.card.name} is another one now`, {
      reason: 'its pretrained network is another one now',
    });
  const shape = shapeOf(manifest, backbone);
  const assembly = assemble(recipe, backbone, shape, manifest.classes.length);
  const head = assembly.head(recipe.seed);
  const networks = phaseNetworks(recipe, assembly, head);
  for (const [index, phase] of recipe.phases.entries()) checkMixing(phase, networks[index]!);
  checkStatistics(recipe, networks.flat(), context.reporter);
  const cuts = networks.flat().map((network) => network.cut);
  const caches = await openCaches(manifest, { backbone, shape, assembly, cuts, computing });
  const filling = fillCaches(manifest, { assembly, shape, caches, computing, smaller }, context);
  const { failed, described } = await filling.catch(async (error: unknown) => {
    await closeCaches(caches);
    throw error;
  });
  const hashes = manifest.images.map((image) => image.sha256);
  const views = viewsOf(recipe, shape);
  const samplesOf = (cut: Cut): Samples => {
    const cache = caches.get(cacheKey(cut))!;
    return cut.values[0] === PIXELS
      ? pixelSamples(cache, hashes, {
          augmentation: recipe.augmentation,
          seed: recipe.seed,
          mean: assembly.mean,
          input: PIXELS,
        })
      : activationSamples(cache, hashes, views);
  };
  const features = caches.get(FEATURES);
  return {
    manifest,
    backbone,
    assembly,
    shape,
    computing,
    targets: targetsOf(manifest),
    phases: recipe.phases.map((phase, index) => {
      const stages = networks[index]!.map((network) => ({ network, samples: samplesOf(network.cut) }));
      return { phase, stages: stages as [Stage, ...Stage[]] };
    }),
    features: features ? activationSamples(features, hashes, () => [plainView]) : null,
    failed,
    described,
    findings,
    close: () => closeCaches(caches),
  };
}

/** What is known to compute fastest here; null where the manifest names no place to keep it. */
async function findingsOf(
  { files: { findings } }: TrainManifest,
  { reporter }: JobContext,
  before: CheckpointNotes['findings'] | undefined,
): Promise<Findings | null> {
  if (findings === undefined) return null;
  const tell = () => reporter.progress({ stage: 'measuring' });
  return openFindings(findings, { before, tell });
}

/** The networks of each phase, one for each set of blocks that it may come to. */
function phaseNetworks(recipe: Recipe, { body }: Assembly, head: Network): PhaseNetwork[][] {
  let trained = 0;
  const options = { stochasticDepth: recipe.stochasticDepth, adapted: recipe.batchNorm === 'adapted' };
  return recipe.phases.map((phase) => {
    if (!body) return [scratchNetwork(head, phase)];
    lastBlocks(body, phase.trainableBlocks);
    const stages = thawCounts(phase).map((learning) =>
      phaseNetwork(body, head, phase, { ...options, learning, trained }),
    );
    trained = Math.max(trained, phase.trainableBlocks.length);
    return stages;
  });
}

/** CutMix where the network's input is at hand in every stage; BAD_REQUEST elsewhere, since nothing can be cut out of activations. */
function checkMixing(phase: TrainingPhase, networks: readonly PhaseNetwork[]): void {
  if (phase.mixing.cutmix === 0 || networks.every(({ cut }) => cut.values[0] === PIXELS)) return;
  throw new StudioError(
    'BAD_REQUEST',
    `CutMix needs the images themselves, but the phase "${phase.name}" learns from what the frozen blocks computed of them once. Use mixup there, or let the whole network learn.`,
    { phase: phase.name },
  );
}

/** Something to adapt where that is asked for (BAD_REQUEST otherwise), and a warning where batches are small for it. */
function checkStatistics(recipe: Recipe, networks: readonly PhaseNetwork[], reporter: Reporter): void {
  if (!usesBatchStatistics(recipe)) return;
  if (networks.every(({ moving }) => moving.length === 0)) {
    throw new StudioError(
      'BAD_REQUEST',
      'No block that learns has batch normalisation of its own, so there is nothing to adapt. Choose batch normalisation as it came (batchNorm: inference), or let blocks learn that have it.',
      { batchNorm: recipe.batchNorm },
    );
  }
  if (recipe.batchSize >= ENOUGH_FOR_STATISTICS) return;
  reporter.send({
    type: 'log',
    level: 'warning',
    code: 'TRAIN_NOISY_STATISTICS',
    message: `Batch normalisation goes by ${recipe.batchSize} images at a time; statistics of fewer than ${ENOUGH_FOR_STATISTICS} are noisy. Larger batches, or another normalisation, may learn better.`,
    params: { batch: recipe.batchSize, enough: ENOUGH_FOR_STATISTICS },
  });
}

/** The shape of a run: the recipe's short side, else the card's; fixed where the network takes no other. */
export function shapeOf(
  manifest: {
    readonly recipe: Recipe;
    readonly images: readonly { readonly width: number; readonly height: number }[];
  },
  backbone: Backbone | null,
): RunShape {
  const { recipe, images } = manifest;
  if (backbone && !backbone.card.anySize) {
    const [height, width] = backbone.card.size;
    return { height, width, fit: recipe.shape === 'square' ? 'stretch' : 'pad' };
  }
  const card = backbone ? Math.min(...backbone.card.size) : SCRATCH_SIZE;
  return runShape(images, recipe.size ?? card, recipe.shape);
}

function checkClasses({ task, classes, images }: TrainManifest): void {
  const outside = images.find((image) => image.labels.some((label) => label >= classes.length));
  if (outside) {
    throw new StudioError(
      'BAD_REQUEST',
      `The image ${outside.path} has a label that is not among the classes.`,
      {
        file: outside.path,
      },
    );
  }
  if (task === 'multiLabel') return;
  const unlabeled = images.find((image) => image.labels.length !== 1);
  if (unlabeled) {
    throw new StudioError('BAD_REQUEST', `The image ${unlabeled.path} needs exactly one label.`, {
      file: unlabeled.path,
    });
  }
  if (new Set(images.flatMap((image) => image.labels)).size < 2) {
    throw new StudioError('ONE_CLASS', 'All images have the same class: label some of another class first.', {
      classes: 1,
    });
  }
}
