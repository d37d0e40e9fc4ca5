import { randomUUID } from 'node:crypto';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import type { ManifestImage, TrainManifest } from '../../../shared/contract/trainer.ts';
import { type ActivationCache, openActivationCache } from '../data/activation-cache.ts';
import { cachedViews } from '../data/augmentation/draw.ts';
import type { View } from '../data/augmentation/view.ts';
import { PIXEL_PIPELINE } from '../data/pixel-stage.ts';
import { prepare } from '../data/prepare.ts';
import type { RunShape } from '../data/run-shape.ts';
import type { ExecutorSet } from '../executors/roles.ts';
import type { JobContext } from '../jobs/job.ts';
import { createPacer, noPace } from '../jobs/pace.ts';
import type { Backbone } from '../networks/backbone.ts';
import { factsDigest } from '../networks/card.ts';
import { PIXELS } from '../networks/input-stage.ts';
import type { Assembly } from './assemble.ts';
import { type Cut, cutBelow } from './body.ts';
import { tellSmallerPass } from './memory.ts';

/** Caches of a run by the cuts they hold. */
export type Caches = ReadonlyMap<string, ActivationCache>;

/** Under which the cache of a cut is found among a run's. */
export function cacheKey({ values }: Pick<Cut, 'values'>): string {
  return values.join(' ');
}

/** Activations of another executor, or another version of it, differ in their last digits, and so do weights learned from them. */
function computedBy({ used }: ExecutorSet): string {
  return `${used.forward.id} ${used.forward.version}`;
}

/** The network's file, what its card says of scaling and places in it, and whether it is folded. */
function computedFrom(backbone: Backbone | null, { foldedBatchNorm }: Recipe): string {
  if (!backbone) return '';
  return `${backbone.card.sha256} ${factsDigest(backbone.card)} ${foldedBatchNorm ? 'folded' : ''}`;
}

/** One cache for each different cut; the features are always among them, since the head's statistics come from them. */
export async function openCaches(
  manifest: TrainManifest,
  run: {
    readonly backbone: Backbone | null;
    readonly shape: RunShape;
    readonly assembly: Assembly;
    readonly cuts: readonly Cut[];
    readonly computing: ExecutorSet;
  },
): Promise<Caches> {
  const { recipe } = manifest;
  const features = run.assembly.body ? [cutBelow(run.assembly.body, 0)] : [];
  const caches = new Map<string, ActivationCache>();
  for (const { values, dims } of [...run.cuts, ...features]) {
    const key = cacheKey({ values });
    if (caches.has(key)) continue;
    const pixels = values[0] === PIXELS;
    const identity = {
      backbone: pixels ? '' : computedFrom(run.backbone, recipe),
      values,
      dims,
      executor: pixels ? '' : computedBy(run.computing),
      storage: pixels ? ('byte' as const) : recipe.cachePrecision,
      ...run.shape,
      pixels: `${PIXEL_PIPELINE} ${run.assembly.mean.join(' ')}`,
    };
    const options = { shardName: randomUUID(), limit: manifest.files.cacheLimit ?? null };
    caches.set(key, await openActivationCache(manifest.files.cache, identity, options));
  }
  return caches;
}

/** Lets a run's caches go; what was written is safe then. */
export async function closeCaches(caches: Caches): Promise<void> {
  for (const cache of caches.values()) await cache.close();
}

/** What came of filling a run's caches. */
export interface Filled {
  /** Positions of images that could not be read. */
  readonly failed: ReadonlySet<number>;
  /** Views that the frozen part was shown. */
  readonly described: number;
}

/** Computes what is missing at the cuts. */
export async function fillCaches(
  manifest: TrainManifest,
  run: {
    readonly assembly: Assembly;
    readonly shape: RunShape;
    readonly caches: Caches;
    readonly computing: ExecutorSet;
    /** So many processes before were ended for want of memory. */
    readonly smaller: number;
  },
  { control, reporter, clock }: JobContext,
): Promise<Filled> {
  const { recipe, images, runtime } = manifest;
  const failed = new Set<number>();
  const models = manifest.folds.length + (manifest.finalModel ? 1 : 0);
  reporter.progress({ stage: 'features', models, done: 0, total: images.length });
  const pixels = run.caches.get(PIXELS) ?? null;
  const pacer = createPacer(clock);
  const described = await prepare(
    {
      body: run.assembly.body?.graph ?? null,
      cuts: [...run.caches.values()].filter((cache) => cache !== pixels),
      pixels,
      views: viewsOf(recipe, run.shape),
      shape: run.shape,
      mean: run.assembly.mean,
      executor: run.computing.forward,
      threads: runtime.threads,
      smaller: run.smaller,
    },
    images,
    {
      onProgress: (done, total) => reporter.progress({ done, total, ...pacer.at(done, total) }),
      onFailed: (index, error) => {
        failed.add(index);
        reporter.send({
          type: 'imageFailed',
          key: imageKey(images[index]!),
          code: error.code,
          message: error.message,
          params: { ...error.params },
        });
      },
      onSmaller: (before, after) => {
        pacer.restart();
        tellSmallerPass(reporter, before, after);
      },
      breathe: () => control.breathe(async () => pacer.restart()),
    },
  );
  // What comes next has a pace of its own.
  reporter.progress(noPace);
  return { failed, described };
}

/** The cached views of each image of a run. */
export function viewsOf(
  { augmentation, seed }: Recipe,
  shape: RunShape,
): (sha256: string) => readonly View[] {
  return (sha256) => cachedViews(augmentation, { seed, sha256 }, shape);
}

/** How an image is named to the engine. */
function imageKey(image: ManifestImage): string {
  return String(image.id);
}
