import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../../main/trainer/executors/onnx/executor.ts';
import type { Executor } from '../../../../main/trainer/executors/types.ts';
import { runningStatistics } from '../../../../main/trainer/graph/batch-statistics.ts';
import { cutAt } from '../../../../main/trainer/graph/cut.ts';
import { specialise } from '../../../../main/trainer/graph/specialise.ts';
import { elementCount, floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../../main/trainer/graph/types.ts';
import { attachHead } from '../../../../main/trainer/networks/attach.ts';
import { backboneAt, loadBackbone } from '../../../../main/trainer/networks/backbone.ts';
import { featureCount, featureGraph } from '../../../../main/trainer/networks/features.ts';
import { splitForTraining } from '../../../../main/trainer/networks/freezing.ts';
import { classifierHead } from '../../../../main/trainer/networks/head.ts';
import { trainableParameters } from '../../../../main/trainer/networks/parameters.ts';
import { smallConvNet } from '../../../../main/trainer/networks/small-conv-net.ts';
import { buildTrainingGraph } from '../../../../main/trainer/networks/training-graph.ts';
import type { Network, TrainingGraph } from '../../../../main/trainer/networks/types.ts';
import type { OptimiserSpec } from '../../../../main/trainer/optimisers/types.ts';
import { createRandom } from '../../../../shared/domain/random.ts';
import { scalar } from '../fixtures.ts';
import { maxDifference, relativeError } from '../run.ts';
import { smallNetwork } from '../small-network.ts';
import { loadTopology } from '../topologies.ts';

const backbones = resolve(import.meta.dirname, '../../../../resources/backbones');
const STEPS = 20;
const BATCH = 4;
const CLASSES = 3;

const adamw: OptimiserSpec = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const sgd: OptimiserSpec = { kind: 'sgd', momentum: 0.9, nesterov: true };

/** A network that is trained for some steps by two executors. */
interface Rehearsal {
  readonly name: string;
  readonly network: () => Promise<Network>;
  readonly optimiser: OptimiserSpec;
  readonly rate: number;
  /** Whether its batch normalisations standardise by the batch. */
  readonly adapted?: boolean;
}

const rehearsals: readonly Rehearsal[] = [
  { name: 'the last two stages of a backbone', network: lastStages, optimiser: sgd, rate: 5e-4 },
  {
    name: 'a small network from scratch',
    network: async () => smallConvNet({ classes: CLASSES, size: [32, 32], dropout: 0, seed: 3 }),
    optimiser: adamw,
    rate: 2e-3,
  },
  {
    name: 'a mobile network with batch normalisation, whole',
    network: async () => smallNetwork(),
    optimiser: sgd,
    rate: 0.02,
  },
  {
    name: 'a mobile network whose batch normalisation goes by the batch',
    network: async () => smallNetwork(),
    optimiser: sgd,
    rate: 0.005,
    adapted: true,
  },
  { name: 'the last two blocks of a transformer', network: lastBlocks, optimiser: adamw, rate: 1e-3 },
];

/** What of the networks is expected of an executor. */
interface Expectations {
  /** Leaves out what is too slow. */
  readonly only?: (name: string) => boolean;
  /** Whether a repetition gives the same bits; CUDA's library picks algorithms by timing them, anew in every program. */
  readonly sameBits?: boolean;
}

/** Whole networks lose like the reference for some steps, and again when repeated. */
export function describeNetworks(
  executor: Executor,
  { only = () => true, sameBits = true }: Expectations = {},
): void {
  describe('networks are trained as by the reference', () => {
    it.each(rehearsals.filter(({ name }) => only(name)))(
      '$name',
      async (rehearsal) => {
        const training = await trainingOf(rehearsal);
        const expected = await train(onnxExecutor, training, rehearsal.rate);
        const found = await train(executor, training, rehearsal.rate);
        expect(expected.losses.at(-2)).toBeLessThan(expected.losses[0]! * 0.8);
        for (const { name, role } of training.state)
          if (role === 'statistic')
            expect(relativeError(found.state.get(name), expected.state.get(name)), name).toBeLessThan(1e-3);
        const again = await train(executor, training, rehearsal.rate);
        for (const [step, loss] of expected.losses.entries())
          for (const { losses } of [found, again])
            expect(Math.abs(losses[step]! - loss) / loss, `step ${step + 1}`).toBeLessThan(1e-3);
        if (!sameBits) return;
        expect(again.losses).toEqual(found.losses);
        for (const [name, value] of found.state)
          expect(maxDifference(value, again.state.get(name)), name).toBe(0);
      },
      120_000,
    );
  });
}

async function lastStages(): Promise<Network> {
  const backbone = await loadBackbone(backbones, 'efficientnet_lite0');
  const features = featureGraph(backboneAt(backbone, [96, 64]), backbone.card, ['head']);
  const split = splitForTraining(features, backbone.card, { firstTrainable: 'stage6' });
  const head = classifierHead({ features: featureCount(features), classes: CLASSES, dropout: 0, seed: 1 });
  return attachHead(split.suffix!, head);
}

/** Of a vision transformer of twelve blocks, fed with the tokens that enter the last two. */
async function lastBlocks(): Promise<Network> {
  const read = loadTopology('vit-tiny', 'legacy');
  const whole = specialise(read, { inputs: new Map([[read.inputs[0]!.name, [BATCH, 3, 64, 64]]]) });
  const first = whole.nodes.find((node) => node.name.startsWith('/blocks/blocks.10/'))!;
  const graph = cutAt(whole, [first.inputs[0]!]).suffix;
  return {
    graph,
    inputs: graph.inputs.map(({ name }) => name),
    logits: graph.outputs[0]!.name,
    masks: [],
    parameters: trainableParameters(graph),
  };
}

async function trainingOf({ network, optimiser, adapted }: Rehearsal): Promise<TrainingGraph> {
  const built = await network();
  return buildTrainingGraph({
    network: built,
    batch: BATCH,
    loss: { kind: 'cross-entropy' },
    optimiser,
    groups: [{ name: 'all', parameters: built.parameters, weightDecay: 1e-4 }],
    ...(adapted && {
      batchStatistics: { momentum: 0.1, moving: runningStatistics(built.graph, built.parameters) },
    }),
  });
}

/** Trains on two batches in turn. */
async function train(
  executor: Executor,
  training: TrainingGraph,
  rate: number,
): Promise<{ readonly losses: readonly number[]; readonly state: ReadonlyMap<string, Tensor> }> {
  const program = await executor.compile(training.graph, { state: training.state, threads: 2 });
  try {
    await program.setState(new Map(training.state.map(({ name, initial }) => [name, initial])));
    const batches = [1, 2].map((seed) => batchOf(training, seed));
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const feeds = new Map(batches[step % 2])
        .set(training.step, scalar(step + 1))
        .set(training.learningRates.get('all')!, scalar(rate));
      losses.push(Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]));
    }
    return { losses, state: await program.state() };
  } finally {
    await program.dispose();
  }
}

function batchOf(training: TrainingGraph, seed: number): ReadonlyMap<string, Tensor> {
  const random = createRandom(seed);
  const feeds = new Map<string, Tensor>();
  for (const name of training.inputs) {
    const dims = training.graph.types.get(name)!.dims as readonly number[];
    feeds.set(
      name,
      floatTensor(
        dims,
        Float32Array.from({ length: elementCount(dims) }, () => random.normal()),
      ),
    );
  }
  const [, classes] = training.graph.types.get(training.target)!.dims as [number, number];
  const target = new Float32Array(BATCH * classes);
  for (let row = 0; row < BATCH; row++) target[row * classes + random.below(classes)] = 1;
  feeds.set(training.target, floatTensor([BATCH, classes], target));
  return feeds.set(training.sampleWeight, floatTensor([BATCH], new Float32Array(BATCH).fill(1)));
}
