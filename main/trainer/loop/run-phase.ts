import type { Averaging, TrainingPhase } from '../../../shared/contract/recipe.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createRandom, deriveSeed, type Random } from '../../../shared/domain/random.ts';
import type { Samples } from '../data/samples.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { DropoutMask } from '../networks/types.ts';
import { averageRate, heldRate, isAveraged } from './averaging.ts';
import { type CompiledPhase, initialState, scalarTensor, weightsOf } from './compiled-phase.ts';
import { afterEpoch, noPlateau, type Plateau, rateAt } from './schedule.ts';
import { isRight, lossOfAnswer, type Targets } from './targets.ts';

/** Where a phase stands between two steps; with the tensors beside it all that is needed to go on exactly. */
export interface PhasePosition {
  readonly epoch: number;
  /** Batches of this epoch already taken. */
  readonly batch: number;
  /** Sums over them. */
  readonly loss: number;
  readonly right: number;
  readonly seen: number;
  readonly seconds: number;
  /** Epoch whose weights watched best, and its loss. */
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  readonly plateau: Plateau;
}

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

const start: PhasePosition = {
  epoch: 0,
  batch: 0,
  loss: 0,
  right: 0,
  seen: 0,
  seconds: 0,
  best: null,
  plateau: noPlateau,
};

/** Trains a phase from its beginning or from a checkpoint; gives the weights of the best epoch, of the last where nobody watches. */
export async function runPhase(run: PhaseRun, resumed: PhaseState | null): Promise<Map<string, Tensor>> {
  const { compiled } = run;
  await compiled.program.setState(resumed?.variables ?? initialState(compiled, run.weights));
  let position = resumed?.position ?? start;
  let best = resumed?.best ?? new Map<string, Tensor>();
  const snapshot = async (): Promise<PhaseState> => ({
    position,
    variables: await compiled.program.state(),
    best,
  });
  while (position.epoch < run.phase.epochs) {
    position = await runEpoch(run, position, async (current) => {
      position = current;
      await run.between(snapshot);
    });
    const weights = await weightsAfter(run, position.epoch);
    const watched = await watch(run, weights);
    const better = watched !== null && (position.best === null || watched.loss < position.best.loss);
    if (better) best = weights;
    run.onEpoch(epochResult(run, position, watched));
    position = {
      ...start,
      epoch: position.epoch + 1,
      best: better ? { epoch: position.epoch, loss: watched.loss } : position.best,
      plateau: afterEpoch(run.phase, position.plateau, watched?.loss ?? position.loss / position.seen),
    };
    if (isStale(run, position)) break;
  }
  return position.best === null ? weightsAfter(run, position.epoch - 1) : new Map(best);
}

/** What stands for the weights at the end of an epoch: their average as soon as there is one. */
async function weightsAfter({ compiled, averaging, phase }: PhaseRun, epoch: number) {
  const state = await compiled.program.state();
  return weightsOf(compiled, state, isAveraged(averaging, epoch, phase.epochs));
}

function isStale(run: PhaseRun, position: PhasePosition): boolean {
  if (run.patience === null || position.best === null) return false;
  return position.epoch - 1 - position.best.epoch >= run.patience;
}

function batchesOf(run: PhaseRun): number {
  return Math.ceil(run.training.length / run.compiled.batch);
}

async function runEpoch(
  run: PhaseRun,
  from: PhasePosition,
  between: (position: PhasePosition) => Promise<void>,
): Promise<PhasePosition> {
  const order = createRandom(deriveSeed(run.seed, `order ${from.epoch}`)).shuffle(run.training);
  let position = from;
  for (let batch = from.batch; batch < batchesOf(run); batch++) {
    await between(position);
    const began = run.now();
    const { batch: size } = run.compiled;
    const images = order.slice(batch * size, (batch + 1) * size);
    const { loss, right } = await step(run, position, images);
    if (!Number.isFinite(loss)) throw diverged(run, position);
    position = {
      ...position,
      batch: batch + 1,
      loss: position.loss + loss * images.length,
      right: position.right + right,
      seen: position.seen + images.length,
      seconds: position.seconds + (run.now() - began) / 1000,
    };
    run.onBatch(images.length, position);
  }
  return position;
}

function diverged(run: PhaseRun, position: PhasePosition): StudioError {
  const rate = run.phase.learningRate;
  return new StudioError(
    'BAD_REQUEST',
    `Training diverged in epoch ${position.epoch + 1} of phase "${run.phase.name}": its loss is no longer a number. Choose a learning rate below ${rate}.`,
    { phase: run.phase.name, epoch: position.epoch + 1, learningRate: rate },
  );
}

async function step(
  run: PhaseRun,
  position: PhasePosition,
  images: readonly number[],
): Promise<{ loss: number; right: number }> {
  const { compiled } = run;
  const { graph, batch } = compiled;
  const random = createRandom(deriveSeed(run.seed, `batch ${position.epoch} ${position.batch}`));
  const feeds = new Map<string, Tensor>(await run.samples.batch(images, batch, random));
  for (const [name, value] of run.constants) feeds.set(name, value);
  for (const mask of graph.masks) feeds.set(mask.input, drawMask(mask, random));
  feeds.set(graph.target, targetRows(run.targets, images, batch));
  feeds.set(graph.sampleWeight, sampleWeights(run.imageWeights, images, batch));
  for (const [input, value] of scalarsOf(run, position)) feeds.set(input, scalarTensor(value));
  const results = await compiled.program.run(feeds, [graph.loss, graph.logits]);
  const logits = results.get(graph.logits)!.data as Float32Array;
  return {
    loss: (results.get(graph.loss)!.data as Float32Array)[0]!,
    right: countRight(run.targets, images, logits),
  };
}

function stepsOf(run: PhaseRun): number {
  return Math.ceil(batchesOf(run) / run.accumulation);
}

/** The rate of the head in a step of an epoch, both from 0. */
function headRate(run: PhaseRun, { epoch, plateau }: PhasePosition, step: number): number {
  const { phase, averaging } = run;
  const held = heldRate(averaging, epoch, phase.epochs);
  if (held !== null) return phase.learningRate * held;
  return rateAt(phase, epoch * stepsOf(run) + step, phase.epochs * stepsOf(run), plateau.dropped);
}

/** The numbers a step is fed with: its own, the rates, and what its batch is among those that make the step. */
function scalarsOf(run: PhaseRun, position: PhasePosition): Map<string, number> {
  const { compiled, accumulation, averaging, phase } = run;
  const { graph } = compiled;
  const { epoch, batch } = position;
  const within = batch % accumulation;
  const isLastOfEpoch = batch === batchesOf(run) - 1;
  const step = Math.floor(batch / accumulation);
  const number = epoch * stepsOf(run) + step + 1;
  const rate = headRate(run, position, step);
  const scalars = new Map([[graph.step, number]]);
  for (const [group, input] of graph.learningRates)
    scalars.set(input, rate * (compiled.phase.factors.get(group) ?? 1));
  if (graph.gather) {
    scalars.set(graph.gather.carry, within === 0 ? 0 : 1);
    scalars.set(graph.gather.apply, within === accumulation - 1 || isLastOfEpoch ? 1 : 0);
  }
  if (graph.averageRate !== null && averaging !== null) {
    const at = { step: number, epoch, epochs: phase.epochs, isLastOfEpoch };
    scalars.set(graph.averageRate, averageRate(averaging, at));
  }
  return scalars;
}

function drawMask(mask: DropoutMask, random: Random): Tensor {
  const dims = mask.dims as readonly number[];
  const kept = 1 / (1 - mask.rate);
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => (random.uniform() < mask.rate ? 0 : kept)),
  );
}

function targetRows({ rows, classes }: Targets, images: readonly number[], size: number): Tensor {
  const target = new Float32Array(size * classes);
  for (const [row, image] of images.entries()) {
    target.set(rows.subarray(image * classes, (image + 1) * classes), row * classes);
  }
  return floatTensor([size, classes], target);
}

function sampleWeights(weights: Float32Array, images: readonly number[], size: number): Tensor {
  return floatTensor(
    [size],
    Float32Array.from({ length: size }, (_, row) => weights[images[row] ?? -1] ?? 0),
  );
}

function countRight(targets: Targets, images: readonly number[], logits: Float32Array): number {
  const { rows, classes } = targets;
  return images.filter((image, row) =>
    isRight(
      targets,
      logits.subarray(row * classes, (row + 1) * classes),
      rows.subarray(image * classes, (image + 1) * classes),
    ),
  ).length;
}

/** Loss and accuracy on the images that watch; null where there are none. */
async function watch(
  run: PhaseRun,
  weights: ReadonlyMap<string, Tensor>,
): Promise<{ loss: number; accuracy: number } | null> {
  if (run.watching.length === 0) return null;
  const { classes, rows, task } = run.targets;
  let loss = 0;
  let right = 0;
  const answers = await answersOf(run, weights, run.watching);
  for (const [index, image] of run.watching.entries()) {
    const target = rows.subarray(image * classes, (image + 1) * classes);
    loss += lossOfAnswer(task, answers[index]!, target);
    if (isRight(run.targets, answers[index]!, target)) right++;
  }
  return { loss: loss / run.watching.length, accuracy: right / run.watching.length };
}

/** Logits of images as they are (no augmentation, no dropout), one array an image, in the given order. */
export async function answersOf(
  run: Pick<PhaseRun, 'compiled' | 'samples' | 'targets' | 'constants'>,
  weights: ReadonlyMap<string, Tensor>,
  images: readonly number[],
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<Float32Array[]> {
  const { evaluation, evaluator, batch } = run.compiled;
  const { classes } = run.targets;
  await evaluator.setState(weights);
  const answers: Float32Array[] = [];
  for (let at = 0; at < images.length; at += batch) {
    await breathe();
    const part = images.slice(at, at + batch);
    const feeds = new Map<string, Tensor>(await run.samples.batch(part, batch, null));
    for (const [name, value] of run.constants) feeds.set(name, value);
    // The loss is not asked for, but its inputs belong to the graph.
    feeds.set(evaluation.target, targetRows(run.targets, part, batch));
    feeds.set(evaluation.sampleWeight, sampleWeights(new Float32Array(0), part, batch));
    const logits = (await evaluator.run(feeds, [evaluation.logits])).get(evaluation.logits)!
      .data as Float32Array;
    for (let row = 0; row < part.length; row++)
      answers.push(logits.slice(row * classes, (row + 1) * classes));
  }
  return answers;
}

function epochResult(
  run: PhaseRun,
  position: PhasePosition,
  watched: { loss: number; accuracy: number } | null,
): EpochResult {
  return {
    epoch: position.epoch,
    trainLoss: position.loss / position.seen,
    trainAccuracy: position.right / position.seen,
    validationLoss: watched?.loss ?? null,
    validationAccuracy: watched?.accuracy ?? null,
    learningRate: headRate(run, position, stepsOf(run) - 1),
    seconds: position.seconds,
  };
}
