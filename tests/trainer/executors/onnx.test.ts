import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph, Tensor } from '../../../main/trainer/graph/types.ts';
import { attachHead } from '../../../main/trainer/networks/attach.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { featureCount, featureGraph } from '../../../main/trainer/networks/features.ts';
import { splitForTraining } from '../../../main/trainer/networks/freezing.ts';
import { classifierHead } from '../../../main/trainer/networks/head.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { TrainingGraph } from '../../../main/trainer/networks/types.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { scalar } from '../support/fixtures.ts';
import { maxDifference, relativeError } from '../support/run.ts';

const folder = new URL('../../../resources/backbones', import.meta.url).pathname;
const random = createRandom(11);
const draw = (dims: readonly number[]) =>
  floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.normal()),
  );

function accumulator(): Graph {
  const builder = new GraphBuilder();
  builder.input('x', { dtype: 'float32', dims: ['N', 2] });
  builder.input('sum', { dtype: 'float32', dims: [2] });
  const rows = builder.op('ReduceSum', ['x', builder.ints([0])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const next = builder.alias(builder.op('Add', ['sum', rows]), 'sum.next');
  return builder.finish('accumulator', [next]);
}

const open = () =>
  onnxExecutor.compile(accumulator(), { state: [{ name: 'sum', next: 'sum.next' }], threads: 1 });
const row = (a: number, b: number) => new Map([['x', floatTensor([1, 2], [a, b])]]);

describe('programs', () => {
  it('carry state from run to run, and give snapshots that stay as they are', async () => {
    const program = await open();
    const start = Float32Array.of(1, 1);
    await program.setState(new Map([['sum', floatTensor([2], start)]]));
    start.fill(99);
    const fetched = (await program.run(row(1, 2), ['sum.next'])).get('sum.next')!;
    const snapshot = (await program.state()).get('sum')!;
    for (let again = 0; again < 3; again++) await program.run(row(1, 2), []);
    expect([...(fetched.data as Float32Array)]).toEqual([2, 3]);
    expect([...(snapshot.data as Float32Array)]).toEqual([2, 3]);
    expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([5, 9]);
    await program.setState(new Map([['sum', snapshot]]));
    await program.run(row(10, 10), []);
    expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([12, 13]);
    expect([...(snapshot.data as Float32Array)]).toEqual([2, 3]);
    await program.dispose();
  });

  it('say what is missing or does not fit, and go on afterwards', async () => {
    const program = await open();
    await expect(program.run(row(1, 2), [])).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await program.setState(new Map([['sum', floatTensor([2], [0, 0])]]));
    await expect(program.run(new Map(), [])).rejects.toThrow('The input "x" was not given.');
    await expect(program.run(new Map([['x', floatTensor([1, 3], [1, 2, 3])]]), [])).rejects.toThrow(
      /"x" takes float32 \[N, 2\] but was given float32 \[1, 3\]/,
    );
    await expect(program.setState(new Map([['sum', floatTensor([3], [1, 2, 3])]]))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    await program.run(row(1, 2), []);
    expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([1, 2]);
    await program.dispose();
    await program.dispose();
    await expect(program.run(row(1, 2), [])).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('name an operator the runtime does not have', async () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1] });
    const graph = builder.finish('odd', [builder.op('NoSuchOperator', ['x'])]);
    await expect(onnxExecutor.compile(graph, { state: [], threads: 1 })).rejects.toThrow(/NoSuchOperator/);
  });
});

async function lastStages(): Promise<{ training: TrainingGraph; feeds: ReadonlyMap<string, Tensor> }> {
  const backbone = await loadBackbone(folder, 'efficientnet_lite0');
  const features = featureGraph(backboneAt(backbone, [128, 96]), backbone.card, ['stage4', 'head']);
  const split = splitForTraining(features, backbone.card, { firstTrainable: 'stage4' });
  const network = attachHead(
    split.suffix!,
    classifierHead({ features: featureCount(features), classes: 3, dropout: 0, seed: 1 }),
  );
  const training = buildTrainingGraph({
    network,
    batch: 3,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    groups: [{ name: 'all', parameters: network.parameters, weightDecay: 0 }],
  });
  const feeds = new Map<string, Tensor>(
    training.inputs.map((name) => [name, draw(training.graph.types.get(name)!.dims as number[])]),
  );
  feeds
    .set(training.target, floatTensor([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]))
    .set(training.sampleWeight, floatTensor([3], [1, 1, 1]));
  feeds.set(training.step, scalar(1)).set(training.learningRates.get('all')!, scalar(1));
  return { training, feeds };
}

describe('layouts', () => {
  it('give the same step of the last three stages of a backbone', async () => {
    const { training, feeds } = await lastStages();
    const initial = new Map(training.state.map((variable) => [variable.name, variable.initial]));
    const step = async (layout: 'automatic' | 'batch-major' | 'channel-major') => {
      const program = await onnxExecutor.compile(training.graph, {
        state: training.state,
        threads: 2,
        layout,
      });
      await program.setState(initial);
      const loss = (await program.run(feeds, [training.loss])).get(training.loss)!;
      const state = await program.state();
      await program.dispose();
      return { loss, state, choices: program.choices };
    };
    const [batch, channel, automatic] = [
      await step('batch-major'),
      await step('channel-major'),
      await step('automatic'),
    ];
    expect(automatic.choices).toEqual(channel.choices);
    for (const [name, value] of automatic.state)
      expect(maxDifference(value, channel.state.get(name)), name).toBe(0);
    expect(channel.choices).toMatchObject({ executor: 'onnx', threads: '2', layout: 'channel-major' });
    expect(channel.choices.Conv).toContain('banded product');
    expect(channel.choices.ConvWeightGradient).toBe(
      'banded product, convolution by the gradient, one product',
    );
    expect(batch.choices).toMatchObject({ layout: 'batch-major' });
    expect(maxDifference(channel.loss, batch.loss)).toBeLessThan(1e-5);
    const change = (state: ReadonlyMap<string, Tensor>, name: string) => {
      const [before, after] = [initial.get(name)!, state.get(name)!];
      return floatTensor(
        before.dims,
        Float32Array.from(before.data as Float32Array, (value, at) => value - Number(after.data[at])),
      );
    };
    for (const name of initial.keys()) {
      expect(relativeError(change(channel.state, name), change(batch.state, name), 1e-4), name).toBeLessThan(
        2e-3,
      );
    }
  });

  it('leave forward networks to the runtime', async () => {
    const program = await open();
    expect(program.choices.layout).toBe('batch-major');
    await program.dispose();
  });
});
