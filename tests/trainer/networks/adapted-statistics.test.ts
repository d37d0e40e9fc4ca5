import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { runningStatistics, separateStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor, Tensor } from '../../../main/trainer/graph/types.ts';
import { averageName, buildEvaluationGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network } from '../../../main/trainer/networks/types.ts';
import {
  adaptedStep,
  batchFeeds,
  expectAdaptedMobileNet,
  expectLosses,
  normFixture,
  plainScalars,
  takeSteps,
} from '../support/parity/adapted.ts';
import { relativeError, runGraph } from '../support/run.ts';
import { smallNetwork } from '../support/small-network.ts';

const RATE = 0.05;
const smallBatches = Array.from({ length: normFixture('whole/losses').data.length }, (_, at) => ({
  images: normFixture(`images/${at % 2}`),
  target: normFixture(`targets/${at % 2}`),
}));
const isOfLast = (name: string) => /^(project|linear)/.test(name);

/** What the trained network answers with its running statistics. */
async function answers(network: Network, state: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const names = [...state.keys()].filter((name) => network.graph.initializers.has(name));
  const loss = { kind: 'cross-entropy' } as const;
  const evaluation = buildEvaluationGraph({ network, batch: 4, loss, parameters: names });
  const program = await onnxExecutor.compile(evaluation.graph, { state: evaluation.state, threads: 1 });
  try {
    await program.setState(new Map(names.map((name) => [name, state.get(name)!])));
    const feeds = new Map<string, Tensor>([
      ['images', normFixture('images/0')],
      [evaluation.target, normFixture('targets/0')],
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
    const training = adaptedStep(network, 4);
    const scalars = plainScalars(training, RATE);
    const { losses, state } = await takeSteps(onnxExecutor, training, smallBatches, { scalars });
    expectLosses(losses, 'whole', 1e-5);
    const moved = training.state.filter(({ role }) => role === 'statistic').map(({ name }) => name);
    expect(moved).toHaveLength(8);
    for (const name of [...network.parameters, ...moved])
      expect(relativeError(state.get(name), normFixture(`whole/end/${name}`)), name).toBeLessThan(2e-5);
    expect(relativeError(await answers(network, state), normFixture('whole/logits'))).toBeLessThan(5e-5);
  });

  it('in the last block: those below stay in inference mode and are no state at all', async () => {
    const network = smallNetwork();
    const learning = network.parameters.filter(isOfLast);
    const training = adaptedStep(network, 4, { learning });
    const scalars = plainScalars(training, RATE);
    const { losses, state } = await takeSteps(onnxExecutor, training, smallBatches, { scalars });
    expectLosses(losses, 'last', 1e-5);
    const moved = ['project.mean', 'project.variance'];
    for (const name of [...learning, ...moved])
      expect(relativeError(state.get(name), normFixture(`last/end/${name}`)), name).toBeLessThan(2e-5);
    expect([...state.keys()].filter((name) => /mean|variance/.test(name))).toEqual(moved);
    expect(relativeError(await answers(network, state), normFixture('last/logits'))).toBeLessThan(5e-5);
  });

  it('over gathered batches: statistics move with each of them, their average with each step', async () => {
    const network = smallNetwork();
    const training = adaptedStep(network, 4, { accumulate: true, average: true });
    const scalars = (at: number) =>
      new Map([
        [training.step, Math.floor(at / 2) + 1] as const,
        [training.learningRates.get('all')!, RATE] as const,
        [training.gather!.carry, at % 2] as const,
        [training.gather!.apply, at % 2] as const,
        [training.averageRate!, at < 2 ? 1 : 0.1] as const,
      ]);
    const { losses, state } = await takeSteps(onnxExecutor, training, smallBatches, { scalars });
    expectLosses(losses, 'gathered', 1e-5);
    const statistics = runningStatistics(network.graph, network.parameters);
    for (const name of [...network.parameters, ...statistics]) {
      expect(relativeError(state.get(name), normFixture(`gathered/end/${name}`)), name).toBeLessThan(2e-5);
      const average = relativeError(state.get(averageName(name)), normFixture(`gathered/average/${name}`));
      expect(average, averageName(name)).toBeLessThan(2e-5);
    }
  });

  it.each([
    ['legacy', 'batch-major'],
    ['dynamo', 'channel-major'],
  ] as const)(
    'in all 52 normalisations of MobileNetV2 (%s exporter, %s): losses, changes of weights and statistics',
    (exporter, layout) => expectAdaptedMobileNet(onnxExecutor, { exporter, layout }),
    120_000,
  );
});

it('weights and statistics that are held still are state, and leave the step as bits', async () => {
  const network = smallNetwork();
  const learning = network.parameters.filter(isOfLast);
  const below = network.parameters.filter((name) => !isOfLast(name));
  const held = [...below, ...runningStatistics(network.graph, below)];
  const training = adaptedStep(network, 4, { learning, held });
  const state = [...training.state, ...held.map((name) => ({ name }))];
  const program = await onnxExecutor.compile(training.graph, { state, threads: 1 });
  // Not what the network came with: twice the spread that it knew.
  const first = new Map(
    held.map((name): [string, Tensor] => {
      const { dims, data } = network.graph.initializers.get(name) as FloatTensor;
      return [name, floatTensor(dims, name.endsWith('variance') ? data.map((value) => 2 * value) : data)];
    }),
  );
  const initial = training.state.map((variable) => [variable.name, variable.initial] as const);
  await program.setState(new Map([...initial, ...first]));
  const feeds = batchFeeds(training, smallBatches[0]!, plainScalars(training, RATE)(0));
  const found = Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]);
  const after = await program.state();
  await program.dispose();
  for (const [name, value] of first) expect(after.get(name), name).toEqual(value);
  // The same network with those numbers as constants.
  const graph = { ...network.graph, initializers: new Map([...network.graph.initializers, ...first]) };
  const constant = adaptedStep({ ...network, graph }, 4, { learning });
  const scalars = plainScalars(constant, RATE);
  const { losses } = await takeSteps(onnxExecutor, constant, smallBatches.slice(0, 1), { scalars });
  expect(Math.abs(found / losses[0]! - 1)).toBeLessThan(1e-6);
  expect(Math.abs(found / normFixture('last/losses').data[0]! - 1)).toBeGreaterThan(1e-3);
});

it('layers whose equal statistics an exporter wrote once have their own, and answer the same', async () => {
  const builder = new GraphBuilder();
  builder.input('x', { dtype: 'float32', dims: [2, 3, 4, 5] });
  // As of layers that never saw an image: zeros are shift and mean alike, ones scale and variance.
  builder.initializer('zeros', floatTensor([3], [0, 0, 0]));
  builder.initializer('ones', floatTensor([3], [1, 1, 1]));
  const inputs = ['ones', 'zeros', 'zeros', 'ones'];
  const first = builder.op('BatchNormalization', ['x', ...inputs], { name: 'first' });
  const second = builder.op('BatchNormalization', [first, ...inputs], { name: 'second' });
  const graph = builder.finish('shared', [second]);
  const separate = separateStatistics(graph);
  const statistics = separate.nodes.flatMap((node) => node.inputs.slice(3));
  expect(new Set(statistics).size).toBe(4);
  expect(statistics).not.toContain('zeros');
  expect(statistics).not.toContain('ones');
  expect(runningStatistics(separate, ['ones'])).toEqual(statistics);
  const x = floatTensor(
    [2, 3, 4, 5],
    Array.from({ length: 120 }, (_, at) => Math.sin(at)),
  );
  expect((await runGraph(separate, { x })).get(second)).toEqual((await runGraph(graph, { x })).get(second));
});
