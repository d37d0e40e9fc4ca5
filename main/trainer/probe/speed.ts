import { openForwardPass } from '../data/forward-pass.ts';
import { shortestOf } from '../executors/tuning/stopwatch.ts';
import type { Executor } from '../executors/types.ts';
import { outputsOnly } from '../graph/cut.ts';
import { floatTensor, tensor } from '../graph/tensor.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { type Body, buildBody } from '../loop/body.ts';
import { attachHead } from '../networks/attach.ts';
import type { Backbone } from '../networks/backbone.ts';
import { FEATURES } from '../networks/features.ts';
import { classifierHead } from '../networks/head.ts';
import { PIXELS } from '../networks/input-stage.ts';
import { buildTrainingGraph } from '../networks/training-graph.ts';

/** Images a second of the two kinds of program, on the backbone that new projects begin with. */
export interface Speed {
  /** The frozen network, from pixels to features. */
  readonly forward: number;
  /** A step in which all of it learns: forward, backward, AdamW. */
  readonly training: number;
  /** Measured on smaller images and scaled by their area, because the full size would have taken too long. */
  readonly scaled: boolean;
}

/** What a measurement may take, in milliseconds, and how it is stopped. */
export interface SpeedLimits {
  readonly budget: number;
  readonly breathe: () => Promise<void>;
}

/** The size for which rates are given. */
const SIDE = 224;
/** The first, cheap look, from which it is decided what can be afforded. */
const SMALL_SIDE = 64;
const BATCHES = [8, 4, 2, 1] as const;
const CLASSES = 10;
/** Forward and backward against forward alone, with gradients of all weights; about what was measured. */
const BACKWARD = 4;
/** Runs that are timed at most, after one that is not. */
const RUNS = 3;

/**
 * Times an executor: first one small image, then as many full-size ones as the budget allows. A slow executor is
 * judged by the small image alone.
 */
export async function measureSpeed(
  executor: Executor,
  backbone: Backbone,
  threads: number,
  limits: SpeedLimits,
): Promise<Speed> {
  const area = (SIDE / SMALL_SIDE) ** 2;
  const glance = await secondsEach(executor, backbone, { side: SMALL_SIDE, batch: 1, threads }, limits);
  // Only what grows with the image is scaled: a step's other half, the optimiser's, does not.
  const forward = glance.forward * area;
  const step = (images: number) => glance.training + BACKWARD * images * forward;
  // One warm-up and one timed run of each kind of program, at the very least.
  const cost = (images: number) => 2000 * (step(images) + images * forward);
  const batch = BATCHES.find((images) => cost(images) <= limits.budget);
  if (batch === undefined) return { forward: 1 / forward, training: 1 / step(1), scaled: true };
  const full = await secondsEach(executor, backbone, { side: SIDE, batch, threads }, limits);
  return { forward: 1 / full.forward, training: batch / full.training, scaled: false };
}

interface Workload {
  readonly side: number;
  readonly batch: number;
  readonly threads: number;
}

/** Seconds of the frozen network for an image, and of a training step. */
async function secondsEach(
  executor: Executor,
  backbone: Backbone,
  workload: Workload,
  limits: SpeedLimits,
): Promise<{ readonly forward: number; readonly training: number }> {
  const shape = { height: workload.side, width: workload.side, fit: 'stretch' } as const;
  const body = buildBody(backbone, shape, { multiLevel: false, folded: true });
  return {
    forward: await secondsOfImage(executor, body.graph, workload, limits),
    training: await secondsOfStep(executor, body, workload, limits),
  };
}

const grey = (images: number, side: number) => new Uint8Array(images * 3 * side * side).fill(127);

/** As frozen passes and predictions are computed: with what the executor does at once. */
async function secondsOfImage(
  executor: Executor,
  network: Graph,
  { side, batch, threads }: Workload,
  limits: SpeedLimits,
): Promise<number> {
  const shape = { height: side, width: side, fit: 'stretch' } as const;
  const outputs = [FEATURES];
  // Memory too small for a batch is found out again, and told, when something is really computed.
  const onSmaller = () => undefined;
  const plan = { network: outputsOnly(network, outputs), outputs, shape, executor, threads, onSmaller };
  const pass = await openForwardPass({ ...plan, most: batch });
  const images = Array.from({ length: pass.rows }, () => grey(1, side));
  const groups = Math.max(1, Math.floor(batch / pass.rows));
  const round = () => Promise.all(Array.from({ length: groups }, () => pass.answer(images)));
  try {
    return (await timed(round, limits)) / (groups * pass.rows);
  } finally {
    await pass.dispose();
  }
}

async function secondsOfStep(
  executor: Executor,
  body: Body,
  { side, batch, threads }: Workload,
  limits: SpeedLimits,
): Promise<number> {
  const head = classifierHead({ features: body.features, classes: CLASSES, dropout: 0, seed: 1 });
  const network = attachHead(body.graph, head);
  const graph = buildTrainingGraph({
    network,
    batch,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    groups: [{ name: 'all', parameters: network.parameters, weightDecay: 0.01 }],
  });
  const step = await executor.compile(graph.graph, { state: graph.state, threads });
  await step.setState(new Map(graph.state.map((variable) => [variable.name, variable.initial])));
  const target = new Float32Array(batch * CLASSES);
  for (let row = 0; row < batch; row++) target[row * CLASSES + (row % CLASSES)] = 1;
  const feeds = new Map<string, Tensor>([
    [PIXELS, tensor('uint8', [batch, 3, side, side], grey(batch, side))],
    [graph.target, floatTensor([batch, CLASSES], target)],
    [graph.sampleWeight, floatTensor([batch], new Float32Array(batch).fill(1))],
    [graph.step, floatTensor([], [1])],
    ...[...graph.learningRates.values()].map((input): [string, Tensor] => [input, floatTensor([], [1e-4])]),
  ]);
  try {
    return await timed(() => step.run(feeds, [graph.loss]), limits);
  } finally {
    await step.dispose();
  }
}

/** Seconds of the shortest of as many runs as half of the budget has room for, one that counts in any case. */
async function timed(work: () => Promise<unknown>, { budget, breathe }: SpeedLimits): Promise<number> {
  const milliseconds = await shortestOf(work, {
    runs: RUNS,
    breathe,
    isEnough: ({ run, took, elapsed }) => run > 0 && elapsed + took > budget / 2,
  });
  return milliseconds / 1000;
}
