import { createRandom, deriveSeed, type Random } from '../../../shared/domain/random.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { PIXELS } from '../networks/input-stage.ts';
import type { DropoutMask } from '../networks/types.ts';
import { averageRate, heldRate } from './averaging.ts';
import { scalarTensor } from './compiled-phase.ts';
import { drawMix, mixFeeds, mixTargets } from './mixing.ts';
import type { PhasePosition, PhaseRun } from './phase-run.ts';
import { rateAt } from './schedule.ts';
import type { Targets } from './targets.ts';

/** Batches of an epoch. */
export function batchesOf(run: PhaseRun): number {
  return Math.ceil(run.training.length / run.compiled.batch);
}

/** Steps of an epoch. */
export function stepsOf(run: PhaseRun): number {
  return Math.ceil(batchesOf(run) / run.accumulation);
}

/** The rate of the head in a step of an epoch, both from 0. */
export function headRate(run: PhaseRun, { epoch, plateau }: PhasePosition, step: number): number {
  const { phase, averaging } = run;
  const held = heldRate(averaging, epoch, phase.epochs);
  if (held !== null) return phase.learningRate * held;
  return rateAt(phase, epoch * stepsOf(run) + step, phase.epochs * stepsOf(run), plateau.dropped);
}

/** The numbers a step is fed with: its own, the rates, and what its batch is among those that make the step. */
function scalarsOf(run: PhaseRun, position: PhasePosition): Map<string, number> {
  const { compiled, accumulation, averaging, phase } = run;
  const { graph } = compiled;
  const { epoch, batch, thaw } = position;
  const within = batch % accumulation;
  const isLastOfEpoch = batch === batchesOf(run) - 1;
  const step = Math.floor(batch / accumulation);
  // Another set of blocks begins with empty slots, and with the first step of the optimiser's own count.
  const number = (epoch - thaw.since) * stepsOf(run) + step + 1;
  const rate = headRate(run, position, step);
  const scalars = new Map([[graph.step, number]]);
  for (const [group, input] of graph.learningRates)
    scalars.set(input, rate * (compiled.phase.factors.get(group) ?? 1));
  if (graph.gather) {
    scalars.set(graph.gather.carry, within === 0 ? 0 : 1);
    scalars.set(graph.gather.apply, within === accumulation - 1 || isLastOfEpoch ? 1 : 0);
  }
  if (graph.averageRate !== null && averaging !== null) {
    const at = { step: number, epoch, since: thaw.since, epochs: phase.epochs, isLastOfEpoch };
    scalars.set(graph.averageRate, averageRate(averaging, at));
  }
  return scalars;
}

/** The images of a batch, and those that may fill it up. */
export interface Batch {
  readonly images: readonly number[];
  readonly filling: readonly number[];
}

/**
 * The rows of a batch. An epoch's last batch may be short: where batch normalisation goes by the batch, it is filled up
 * with images from the beginning of the epoch, which count in the statistics but not in the loss; rows of zeros would
 * shift every mean.
 */
function rowsOf({ compiled }: PhaseRun, { images, filling }: Batch): readonly number[] {
  if (compiled.phase.moving.length === 0) return images;
  const missing = compiled.batch - images.length;
  return [...images, ...Array.from({ length: missing }, (_, row) => filling[row % filling.length]!)];
}

/** Everything that a step is fed with: images, targets and weights, mixed where the phase says so; masks, rates and counts. */
export async function stepFeeds(
  run: PhaseRun,
  position: PhasePosition,
  batchOf: Batch,
): Promise<Map<string, Tensor>> {
  const { graph, batch } = run.compiled;
  const { images } = batchOf;
  const random = createRandom(deriveSeed(run.seed, `batch ${position.epoch} ${position.batch}`));
  const inputs = await run.samples.batch(rowsOf(run, batchOf), batch, random);
  const target = targetRows(run.targets, images, batch);
  const weight = sampleWeights(run.imageWeights, images, batch);
  const [height, width] = inputs.get(PIXELS)?.dims.slice(2) ?? [];
  const size = height === undefined || width === undefined ? null : ([height, width] as const);
  const masks = graph.masks.map((mask) => [mask.input, drawMask(mask, random)] as const);
  const mix = drawMix(run.phase.mixing, images.length, size, random);
  const mixed = mix ? mixTargets(target, weight, mix) : { target, weight };
  return new Map([
    ...(mix ? mixFeeds(inputs, mix) : inputs),
    [graph.target, mixed.target],
    [graph.sampleWeight, mixed.weight],
    ...run.constants,
    ...masks,
    ...[...scalarsOf(run, position)].map(([input, value]) => [input, scalarTensor(value)] as const),
  ]);
}

function drawMask(mask: DropoutMask, random: Random): Tensor {
  const dims = mask.dims as readonly number[];
  const kept = 1 / (1 - mask.rate);
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => (random.uniform() < mask.rate ? 0 : kept)),
  );
}

/** Targets of a batch, rows without an image zero: float32 [size, classes]. */
export function targetRows({ rows, classes }: Targets, images: readonly number[], size: number): Tensor {
  const target = new Float32Array(size * classes);
  for (const [row, image] of images.entries()) {
    target.set(rows.subarray(image * classes, (image + 1) * classes), row * classes);
  }
  return floatTensor([size, classes], target);
}

/** Weights of a batch's images in the loss, 0 in rows without one: float32 [size]. */
export function sampleWeights(weights: Float32Array, images: readonly number[], size: number): Tensor {
  return floatTensor(
    [size],
    Float32Array.from({ length: size }, (_, row) => weights[images[row] ?? -1] ?? 0),
  );
}
