import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createRandom, deriveSeed, type Random } from '../../../shared/domain/random.ts';
import type { Samples } from '../data/samples.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { DropoutMask } from '../networks/types.ts';
import { type CompiledPhase, initialState, scalarTensor, weightsOf } from './compiled-phase.ts';
import { rateAt } from './schedule.ts';
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

const start: PhasePosition = { epoch: 0, batch: 0, loss: 0, right: 0, seen: 0, seconds: 0, best: null };

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
    const weights = weightsOf(compiled, await compiled.program.state());
    const watched = await watch(run, weights);
    const better = watched !== null && (position.best === null || watched.loss < position.best.loss);
    if (better) best = weights;
    run.onEpoch(epochResult(run, position, watched));
    position = {
      ...start,
      epoch: position.epoch + 1,
      best: better ? { epoch: position.epoch, loss: watched.loss } : position.best,
    };
    if (isStale(run, position)) break;
  }
  return position.best === null ? weightsOf(compiled, await compiled.program.state()) : new Map(best);
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
  const number = position.epoch * batchesOf(run) + position.batch;
  feeds.set(graph.step, scalarTensor(number + 1));
  const rate = rateAt(run.phase, number, run.phase.epochs * batchesOf(run));
  for (const [group, input] of graph.learningRates) {
    feeds.set(input, scalarTensor(rate * (compiled.phase.factors.get(group) ?? 1)));
  }
  const results = await compiled.program.run(feeds, [graph.loss, graph.logits]);
  const logits = results.get(graph.logits)!.data as Float32Array;
  return {
    loss: (results.get(graph.loss)!.data as Float32Array)[0]!,
    right: countRight(run.targets, images, logits),
  };
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
  const last = (position.epoch + 1) * batchesOf(run) - 1;
  return {
    epoch: position.epoch,
    trainLoss: position.loss / position.seen,
    trainAccuracy: position.right / position.seen,
    validationLoss: watched?.loss ?? null,
    validationAccuracy: watched?.accuracy ?? null,
    learningRate: rateAt(run.phase, last, run.phase.epochs * batchesOf(run)),
    seconds: position.seconds,
  };
}
