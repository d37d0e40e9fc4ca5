import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { runningStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor, Tensor } from '../../../main/trainer/graph/types.ts';
import {
  averageName,
  buildEvaluationGraph,
  buildTrainingGraph,
} from '../../../main/trainer/networks/training-graph.ts';
import type { Network, TrainingGraph, TrainingSpec } from '../../../main/trainer/networks/types.ts';
import { scalar } from '../support/fixtures.ts';
import { relativeError } from '../support/run.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { smallNetwork } from '../support/small-network.ts';
import { distance, seededImages } from '../support/topologies.ts';
import { openTopology } from '../support/train-topology.ts';

const peer = readSafetensors(new URL('../../fixtures/trainer/batch-norm.safetensors', import.meta.url));
const given = (name: string): FloatTensor => {
  const value = peer.get(name);
  if (value?.dtype !== 'float32') throw new Error(`The fixture has no "${name}"; run make_batch_norm.py.`);
  return value;
};

const RATE = 0.05;
const loss = { kind: 'cross-entropy' } as const;
const sgd = { kind: 'sgd', momentum: 0.9, nesterov: false } as const;

/** The step of make_batch_norm.py in which these weights learn and their normalisations go by the batch. */
function stepOf(
  network: Network,
  batch: number,
  options: Partial<TrainingSpec> & { readonly learning?: readonly string[] } = {},
): TrainingGraph {
  const { learning = network.parameters, ...rest } = options;
  return buildTrainingGraph({
    network,
    batch,
    loss,
    optimiser: sgd,
    groups: [{ name: 'all', parameters: learning, weightDecay: 0 }],
    batchStatistics: { momentum: 0.1, moving: runningStatistics(network.graph, learning) },
    ...rest,
  });
}

/** Runs batches one after the other; `scalars`: what else each is fed with. */
async function train(
  training: TrainingGraph,
  batches: readonly { readonly images: Tensor; readonly target: Tensor }[],
  scalars: (at: number) => ReadonlyMap<string, number>,
) {
  const program = await onnxExecutor.compile(training.graph, { state: training.state, threads: 2 });
  try {
    await program.setState(new Map(training.state.map(({ name, initial }) => [name, initial])));
    const losses: number[] = [];
    for (const [at, { images, target }] of batches.entries()) {
      const rows = target.dims[0]!;
      const feeds = new Map<string, Tensor>([
        ['images', images],
        [training.target, target],
        [training.sampleWeight, floatTensor([rows], new Float32Array(rows).fill(1))],
        ...[...scalars(at)].map(([name, value]) => [name, scalar(value)] as const),
      ]);
      losses.push(Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]));
    }
    return { losses, state: await program.state() };
  } finally {
    await program.dispose();
  }
}

const smallBatches = Array.from({ length: given('whole/losses').data.length }, (_, at) => ({
  images: given(`images/${at % 2}`),
  target: given(`targets/${at % 2}`),
}));

function expectLosses(found: readonly number[], name: string, tolerance: number): void {
  const expected = given(`${name}/losses`).data;
  expect(found).toHaveLength(expected.length);
  for (const [step, value] of found.entries())
    expect(Math.abs(value / expected[step]! - 1), `step ${step + 1}`).toBeLessThan(tolerance);
}

/** What the trained network answers with its running statistics. */
async function answers(network: Network, state: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const names = [...state.keys()].filter((name) => network.graph.initializers.has(name));
  const evaluation = buildEvaluationGraph({ network, batch: 4, loss, parameters: names });
  const program = await onnxExecutor.compile(evaluation.graph, { state: evaluation.state, threads: 1 });
  try {
    await program.setState(new Map(names.map((name) => [name, state.get(name)!])));
    const feeds = new Map<string, Tensor>([
      ['images', given('images/0')],
      [evaluation.target, given('targets/0')],
      [evaluation.sampleWeight, floatTensor([4], [1, 1, 1, 1])],
    ]);
    return (await program.run(feeds, [evaluation.logits])).get(evaluation.logits)!;
  } finally {
    await program.dispose();
  }
}

describe('batch normalisation that goes by the batch, step by step like PyTorch', () => {
  it('in the whole network: losses, weights, running statistics and the answers by them', async () => {
    const network = smallNetwork();
    const training = stepOf(network, 4);
    const { losses, state } = await train(
      training,
      smallBatches,
      (at) =>
        new Map([[training.step, at + 1] as const, [training.learningRates.get('all')!, RATE] as const]),
    );
    expectLosses(losses, 'whole', 1e-5);
    const moved = training.state.filter(({ role }) => role === 'statistic').map(({ name }) => name);
    expect(moved).toHaveLength(8);
    for (const name of [...network.parameters, ...moved])
      expect(relativeError(state.get(name), given(`whole/end/${name}`)), name).toBeLessThan(2e-5);
    expect(relativeError(await answers(network, state), given('whole/logits'))).toBeLessThan(5e-5);
  });

  it('in the last block: those below stay in inference mode and are no state at all', async () => {
    const network = smallNetwork();
    const learning = network.parameters.filter((name) => /^(project|linear)/.test(name));
    const training = stepOf(network, 4, { learning });
    const { losses, state } = await train(
      training,
      smallBatches,
      (at) =>
        new Map([[training.step, at + 1] as const, [training.learningRates.get('all')!, RATE] as const]),
    );
    expectLosses(losses, 'last', 1e-5);
    for (const name of [...learning, 'project.mean', 'project.variance'])
      expect(relativeError(state.get(name), given(`last/end/${name}`)), name).toBeLessThan(2e-5);
    expect([...state.keys()].filter((name) => /mean|variance/.test(name))).toEqual([
      'project.mean',
      'project.variance',
    ]);
    expect(relativeError(await answers(network, state), given('last/logits'))).toBeLessThan(5e-5);
  });

  it('over gathered batches: statistics move with each of them, their average with each step', async () => {
    const network = smallNetwork();
    const training = stepOf(network, 4, { accumulate: true, average: true });
    const scalars = (at: number) =>
      new Map([
        [training.step, Math.floor(at / 2) + 1] as const,
        [training.learningRates.get('all')!, RATE] as const,
        [training.gather!.carry, at % 2] as const,
        [training.gather!.apply, at % 2] as const,
        [training.averageRate!, at < 2 ? 1 : 0.1] as const,
      ]);
    const { losses, state } = await train(training, smallBatches, scalars);
    expectLosses(losses, 'gathered', 1e-5);
    const statistics = runningStatistics(network.graph, network.parameters);
    for (const name of [...network.parameters, ...statistics]) {
      expect(relativeError(state.get(name), given(`gathered/end/${name}`)), name).toBeLessThan(2e-5);
      const average = state.get(averageName(name));
      expect(relativeError(average, given(`gathered/average/${name}`)), averageName(name)).toBeLessThan(2e-5);
    }
  });

  it('weights and statistics that are held still are state, and leave the step as bits', async () => {
    const network = smallNetwork();
    const learning = network.parameters.filter((name) => /^(project|linear)/.test(name));
    const held = [
      ...network.parameters.filter((name) => !learning.includes(name)),
      ...runningStatistics(
        network.graph,
        network.parameters.filter((name) => !learning.includes(name)),
      ),
    ];
    const training = stepOf(network, 4, { learning, held });
    const state = [...training.state, ...held.map((name) => ({ name }))];
    const program = await onnxExecutor.compile(training.graph, { state, threads: 1 });
    // Not what the network came with: twice the spread that it knew.
    const first = new Map(
      held.map((name): [string, Tensor] => {
        const { dims, data } = network.graph.initializers.get(name) as FloatTensor;
        return [name, floatTensor(dims, name.endsWith('variance') ? data.map((value) => 2 * value) : data)];
      }),
    );
    await program.setState(
      new Map([...training.state.map(({ name, initial }) => [name, initial] as const), ...first]),
    );
    const feeds = new Map<string, Tensor>([
      ['images', given('images/0')],
      [training.target, given('targets/0')],
      [training.sampleWeight, floatTensor([4], [1, 1, 1, 1])],
      [training.step, scalar(1)],
      [training.learningRates.get('all')!, scalar(RATE)],
    ]);
    const found = Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]);
    const after = await program.state();
    await program.dispose();
    for (const [name, value] of first) expect(after.get(name), name).toEqual(value);
    // The same network with those numbers as constants.
    const graph = { ...network.graph, initializers: new Map([...network.graph.initializers, ...first]) };
    const constant = stepOf({ ...network, graph }, 4, { learning });
    const { losses } = await train(
      constant,
      smallBatches.slice(0, 1),
      () => new Map([[constant.step, 1] as const, [constant.learningRates.get('all')!, RATE] as const]),
    );
    expect(Math.abs(found / losses[0]! - 1)).toBeLessThan(1e-6);
    expect(Math.abs(found / given('last/losses').data[0]! - 1)).toBeGreaterThan(1e-3);
  });

  it.each(['legacy', 'dynamo'] as const)(
    'in all 52 normalisations of MobileNetV2 (%s exporter): losses, changes of weights and of running statistics',
    async (exporter) => {
      const { network, held } = openTopology('mobilenetv2', exporter);
      const target = given('mobilenetv2/targets');
      const batch = { images: seededImages('mobilenetv2', target.dims[0]!), target };
      const training = stepOf(network, target.dims[0]!);
      const { losses, state } = await train(
        training,
        Array.from({ length: given('mobilenetv2/losses').data.length }, () => batch),
        (at) =>
          new Map([[training.step, at + 1] as const, [training.learningRates.get('all')!, 1e-5] as const]),
      );
      expectLosses(losses, 'mobilenetv2', 1e-4);
      const changed = training.state.filter(({ role }) => role === 'statistic' || role === 'parameter');
      expect(changed.filter(({ role }) => role === 'statistic')).toHaveLength(2 * 52);
      const sketches = changed.map(({ name, initial }) => {
        const [norm, ...projections] = given(`mobilenetv2/change/${held.get(name)!.parameter}`).data;
        const from = initial.data as Float32Array;
        const change = (state.get(name)!.data as Float32Array).map((value, at) => value - from[at]!);
        const { difference } = distance(floatTensor(initial.dims, change), held.get(name)!, {
          norm: norm!,
          projections,
        });
        // Below a millionth of the values themselves a change is lost in float32.
        const rounding = 1e-6 * Math.sqrt(from.reduce((sum, value) => sum + value * value, 0));
        return { name: held.get(name)!.parameter, difference, allowed: 1e-2 * norm! + rounding };
      });
      const tooFar = sketches.filter(({ difference, allowed }) => !(difference <= allowed));
      expect(tooFar).toEqual([]);
    },
    120_000,
  );
});
