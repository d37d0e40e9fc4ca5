import { createRandom, deriveSeed } from '../../../shared/domain/random.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { PIXELS } from '../networks/input-stage.ts';
import { averageRate, heldRate } from './averaging.ts';
import { scalarTensor } from './compiled-phase.ts';
import { drawMix, mixOfPart, mixRows, type PartMix, type Rows } from './mixing.ts';
import type { PhasePosition, PhaseRun } from './phase-run.ts';
import { rateAt } from './schedule.ts';
import { type Targets, targetOf } from './targets.ts';

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

/** Places in the epoch's order of the images that a batch counts. */
export function placesOf(
  { training, compiled: { batch: size } }: PhaseRun,
  batch: number,
): readonly number[] {
  const first = batch * size;
  return Array.from({ length: Math.min(size, training.length - first) }, (_, row) => first + row);
}

/**
 * Everything that a step is fed with, or a part of it: images, targets and weights, mixed where the phase says so; masks,
 * rates and counts. Draws depend on an image's place in the epoch's `order` or on the step, never on the part: into
 * however many parts a step is divided, it is the same step.
 */
export async function stepFeeds(
  run: PhaseRun,
  position: PhasePosition,
  order: readonly number[],
): Promise<Map<string, Tensor>> {
  const { graph, batch } = run.compiled;
  const places = placesOf(run, position.batch);
  const mix = partMix(run, position, places);
  const epoch = { number: position.epoch, order };
  const own = await rowsAt(run, epoch, filledUp(run, places), batch);
  const outside = mix?.outside.length ? await rowsAt(run, epoch, mix.outside, mix.outside.length) : null;
  const { inputs, target, weight } = mix ? mixRows(own, outside, mix) : own;
  return new Map([
    ...inputs,
    [graph.target, target],
    [graph.sampleWeight, weight],
    ...run.constants,
    ...drawMasks(run, position),
    ...[...scalarsOf(run, position)].map(([input, value]) => [input, scalarTensor(value)] as const),
  ]);
}

/**
 * The places of a batch's rows. An epoch's last batch may be short: where batch normalisation goes by the batch, it is
 * filled up with images from the beginning of the epoch, as if the order began anew, which count in the statistics but
 * not in the loss; rows of zeros would shift every mean.
 */
function filledUp({ compiled }: PhaseRun, places: readonly number[]): readonly number[] {
  if (compiled.phase.moving.length === 0) return places;
  return Array.from({ length: compiled.batch }, (_, row) => places[0]! + row);
}

/** Images at these places of an epoch, each in its view; places beyond the epoch's end count nothing. */
async function rowsAt(
  run: PhaseRun,
  epoch: { readonly number: number; readonly order: readonly number[] },
  places: readonly number[],
  size: number,
): Promise<Rows> {
  const { order } = epoch;
  const images = places.map((place) => order[place % order.length]!);
  const views = places.map((place) => deriveSeed(run.seed, `view ${epoch.number} ${place}`));
  const counted = images.filter((_, row) => places[row]! < order.length);
  return {
    inputs: await run.samples.batch(images, size, views),
    target: targetRows(run.targets, counted, size),
    weight: sampleWeights(run.imageWeights, counted, size),
  };
}

/** How the images at these places are mixed, partners drawn among all of the step and told by their places. */
function partMix(run: PhaseRun, { epoch, batch }: PhasePosition, places: readonly number[]): PartMix | null {
  const { compiled, accumulation, training, phase } = run;
  const step = Math.floor(batch / accumulation);
  const first = step * accumulation * compiled.batch;
  const rows = Math.min(accumulation * compiled.batch, training.length - first);
  const random = createRandom(deriveSeed(run.seed, `mix ${epoch} ${step}`));
  const mix = drawMix(phase.mixing, rows, imageSize(run), random);
  if (!mix) return null;
  const part = mixOfPart(mix, places[0]! - first, places.length);
  return { ...part, outside: part.outside.map((row) => first + row) };
}

/** Height and width of the images; null above a cut. */
function imageSize({ compiled }: PhaseRun): readonly [number, number] | null {
  const { values, dims } = compiled.phase.cut;
  const [, height, width] = values[0] === PIXELS ? dims[0]! : [];
  return height === undefined || width === undefined ? null : [height, width];
}

/** The masks of a batch, those of each row drawn by its place. */
function drawMasks(run: PhaseRun, { epoch, batch }: PhasePosition): readonly (readonly [string, Tensor])[] {
  const { graph, batch: size } = run.compiled;
  const masks = graph.masks.map(({ input, rate, dims }) => {
    const fixed = dims as readonly number[];
    return { input, rate, dims: fixed, data: new Float32Array(elementCount(fixed)) };
  });
  for (let row = 0; row < size && masks.length > 0; row++) {
    const random = createRandom(deriveSeed(run.seed, `masks ${epoch} ${batch * size + row}`));
    for (const { rate, data } of masks) {
      const length = data.length / size;
      for (let at = row * length; at < (row + 1) * length; at++)
        data[at] = random.uniform() < rate ? 0 : 1 / (1 - rate);
    }
  }
  return masks.map(({ input, dims, data }) => [input, floatTensor(dims, data)] as const);
}

/** Targets of a batch, rows without an image zero: float32 [size, classes]. */
export function targetRows(targets: Targets, images: readonly number[], size: number): Tensor {
  const { classes } = targets;
  const target = new Float32Array(size * classes);
  for (const [row, image] of images.entries()) target.set(targetOf(targets, image), row * classes);
  return floatTensor([size, classes], target);
}

/** Weights of a batch's images in the loss, 0 in rows without one: float32 [size]. */
export function sampleWeights(weights: Float32Array, images: readonly number[], size: number): Tensor {
  return floatTensor(
    [size],
    Float32Array.from({ length: size }, (_, row) => weights[images[row] ?? -1] ?? 0),
  );
}
