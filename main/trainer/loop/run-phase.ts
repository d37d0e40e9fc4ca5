import { StudioError } from '../../../shared/domain/errors.ts';
import { createRandom, deriveSeed } from '../../../shared/domain/random.ts';
import type { Tensor } from '../graph/types.ts';
import { isAveraged } from './averaging.ts';
import { completed, evaluationState, firstState, weightsOf } from './compiled-phase.ts';
import type { EpochResult, PhaseOutcome, PhasePosition, PhaseRun, PhaseState } from './phase-run.ts';
import { afterEpoch, noPlateau } from './schedule.ts';
import {
  batchesOf,
  headRate,
  placesOf,
  sampleWeights,
  stepFeeds,
  stepsOf,
  targetRows,
} from './step-feeds.ts';
import { isRight, lossOfAnswer, type Targets, targetOf } from './targets.ts';
import { decideThaw, firstThaw, isStale, leastImprovement } from './unfreezing.ts';

const start = { epoch: 0, batch: 0, loss: 0, right: 0, seen: 0, seconds: 0 };

/**
 * Trains a phase from its beginning, from a checkpoint or from where another set of blocks took over, until it ends or
 * the set changes; gives the weights of the best epoch, of the last where nobody watches.
 */
export async function runPhase(run: PhaseRun, resumed: PhaseState | null): Promise<PhaseOutcome> {
  const { compiled } = run;
  await compiled.program.setState(
    resumed ? completed(compiled, resumed.variables) : firstState(compiled, run.weights),
  );
  const first = { ...start, best: null, plateau: noPlateau, thaw: firstThaw(run.phase) };
  let position: PhasePosition = resumed?.position ?? first;
  let best = resumed?.best ?? new Map<string, Tensor>();
  const snapshot = async (): Promise<PhaseState> => ({
    position,
    variables: await finiteState(run, position),
    best,
  });
  while (position.epoch < run.phase.epochs) {
    position = await runEpoch(run, position, async (current) => {
      position = current;
      await run.between(snapshot);
    });
    const weights = await weightsAfter(run, position);
    const watched = await measure(run, weights, run.watching);
    const better = watched !== null && isBetter(run, watched.loss, position.best);
    if (better) best = weights;
    run.onEpoch(epochResult(run, position, watched));
    position = {
      ...start,
      epoch: position.epoch + 1,
      best: better ? { epoch: position.epoch, loss: watched.loss } : position.best,
      plateau: afterEpoch(run.phase, position.plateau, watched?.loss ?? learnedLoss(run, position)),
      thaw: position.thaw,
    };
    if (position.epoch === run.phase.epochs || isOver(run, position)) break;
    const change = decideThaw(run.phase, position.thaw, position.epoch, position.best);
    if (change?.kind === 'end') break;
    if (change?.kind === 'change') {
      // An average begins anew with each set of blocks, from the weights themselves.
      const from = change.from === 'best' ? best : weightsOf(compiled, await compiled.program.state(), false);
      return { kind: 'regrouped', position: { ...position, thaw: change.thaw }, best, weights: from };
    }
  }
  const last = { ...position, epoch: position.epoch - 1 };
  if (position.best !== null) return { kind: 'trained', weights: new Map(best) };
  const weights = await weightsAfter(run, last);
  // Nobody watched: whether they answer anything is seen on a few of those that learned.
  await answersOf(run, weights, run.training.slice(0, compiled.batch));
  return { kind: 'trained', weights };
}

/** What stands for the weights at the end of an epoch: their average as soon as there is one. */
async function weightsAfter(run: PhaseRun, position: PhasePosition) {
  const state = await finiteState(run, position);
  return weightsOf(run.compiled, state, isAveraged(run.averaging, position.epoch, run.phase.epochs));
}

/**
 * The state of the program, before any of it is kept: a step with a finite loss and an infinite gradient has just written
 * weights that are no numbers, and its successor, whose loss would show it, may never come.
 */
async function finiteState(run: PhaseRun, position: PhasePosition): Promise<ReadonlyMap<string, Tensor>> {
  const state = await run.compiled.program.state();
  for (const { data } of state.values()) {
    if (data instanceof Float32Array && !data.every(Number.isFinite)) throw diverged(run, position);
  }
  return state;
}

function isBetter(run: PhaseRun, loss: number, best: PhasePosition['best']): boolean {
  return best === null || loss < best.loss * (1 - leastImprovement(run.phase));
}

function isOver({ phase, patience }: PhaseRun, { thaw, epoch, best }: PhasePosition): boolean {
  return isStale(phase, thaw, epoch, { best, patience });
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
    const images = placesOf(run, batch).map((place) => order[place]!);
    const { loss, weight, logits } = await step(run, position, order);
    if (!Number.isFinite(loss)) throw diverged(run, position);
    position = {
      ...position,
      batch: batch + 1,
      loss: position.loss + loss * weight,
      right: position.right + countRight(run.targets, images, logits),
      seen: position.seen + images.length,
      seconds: position.seconds + (run.now() - began) / 1000,
    };
    run.onBatch(images.length, position);
  }
  return position;
}

/** `position`: null where it was the answers that showed it. */
function diverged({ phase }: Pick<PhaseRun, 'phase'>, position: PhasePosition | null): StudioError {
  const { name, learningRate } = phase;
  const epoch = position && position.epoch + 1;
  const where = epoch === null ? 'phase' : `epoch ${epoch} of phase`;
  return new StudioError(
    'DIVERGED',
    `Training diverged in ${where} "${name}": its loss is no longer a number. Nothing of that was kept. Choose a learning rate below ${learningRate}.`,
    { phase: name, learningRate, ...(epoch !== null && { epoch }) },
  );
}

/** Mean loss over the images of an epoch that is over, each with its weight: mixing only moves weights from one to another. */
function learnedLoss({ imageWeights, training }: PhaseRun, { loss }: PhasePosition): number {
  return loss / training.reduce((sum, image) => sum + imageWeights[image]!, 0);
}

/** `weight`: what the batch counts among others. */
async function step(
  run: PhaseRun,
  position: PhasePosition,
  order: readonly number[],
): Promise<{ loss: number; weight: number; logits: Float32Array }> {
  const { graph, program } = run.compiled;
  const feeds = await stepFeeds(run, position, order);
  const results = await program.run(feeds, [graph.loss, graph.logits]);
  const weights = feeds.get(graph.sampleWeight)!.data as Float32Array;
  return {
    loss: (results.get(graph.loss)!.data as Float32Array)[0]!,
    weight: weights.reduce((sum, weight) => sum + weight, 0),
    logits: results.get(graph.logits)!.data as Float32Array,
  };
}

function countRight(targets: Targets, images: readonly number[], logits: Float32Array): number {
  const { classes } = targets;
  return images.filter((image, row) =>
    isRight(targets, logits.subarray(row * classes, (row + 1) * classes), targetOf(targets, image)),
  ).length;
}

/** Loss and accuracy on images as they are; null where there are none. */
export async function measure(
  run: PhaseRun,
  weights: ReadonlyMap<string, Tensor>,
  images: readonly number[],
): Promise<{ loss: number; accuracy: number } | null> {
  if (images.length === 0) return null;
  const { task } = run.targets;
  let loss = 0;
  let right = 0;
  const answers = await answersOf(run, weights, images);
  for (const [index, image] of images.entries()) {
    const target = targetOf(run.targets, image);
    loss += lossOfAnswer(task, answers[index]!, target);
    if (isRight(run.targets, answers[index]!, target)) right++;
  }
  return { loss: loss / images.length, accuracy: right / images.length };
}

/** Logits of images as they are (no augmentation, no dropout), one array an image, in the given order. */
export async function answersOf(
  run: Pick<PhaseRun, 'compiled' | 'samples' | 'targets' | 'constants' | 'weights' | 'phase'>,
  weights: ReadonlyMap<string, Tensor>,
  images: readonly number[],
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<Float32Array[]> {
  const { evaluation, evaluator, batch } = run.compiled;
  const { classes } = run.targets;
  await evaluator.setState(evaluationState(run.compiled, weights, run.weights));
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
    // Weights that are numbers still, but so large that nothing they say is one.
    if (!logits.subarray(0, part.length * classes).every(Number.isFinite)) throw diverged(run, null);
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
    trainLoss: learnedLoss(run, position),
    trainAccuracy: position.right / position.seen,
    validationLoss: watched?.loss ?? null,
    validationAccuracy: watched?.accuracy ?? null,
    learningRate: headRate(run, position, stepsOf(run) - 1),
    seconds: position.seconds,
  };
}
