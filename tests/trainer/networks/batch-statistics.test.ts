import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { attributes, float, int } from '../../../main/trainer/graph/attributes.ts';
import type { BatchStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network } from '../../../main/trainer/networks/types.ts';
import { operatorFixtures, scalar } from '../support/fixtures.ts';
import { relativeError } from '../support/run.ts';

const given = (what: string) => operatorFixtures.get(`moving statistics/${what}`)!;
const parameters = ['conv', 'scale', 'shift', 'linear'];

/** A 1×1 convolution that changes nothing at first, batch normalisation, pooling, a linear layer. */
function normalisedNetwork(): Network {
  const builder = new GraphBuilder();
  builder.input('x', { dtype: 'float32', dims: ['N', 3, 4, 5] });
  builder.initializer('conv', floatTensor([3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
  builder.initializer('scale', floatTensor([3], [1, 2, 0.5]));
  builder.initializer('shift', floatTensor([3], [0, 0.5, -0.5]));
  for (const name of ['mean', 'variance']) builder.initializer(name, given(name));
  builder.initializer('linear', floatTensor([3, 2], [1, -1, 0.5, 0.25, -0.75, 1]));
  const convolved = builder.op('Conv', ['x', 'conv']);
  const normalised = builder.op('BatchNormalization', [convolved, 'scale', 'shift', 'mean', 'variance'], {
    attributes: attributes({ epsilon: float(1e-3) }),
  });
  const pooled = builder.op('ReduceMean', [builder.op('Relu', [normalised]), builder.ints([2, 3])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const logits = builder.op('MatMul', [pooled, 'linear'], { name: 'logits' });
  return { graph: builder.finish('normalised', [logits]), inputs: ['x'], logits, masks: [], parameters };
}

async function train(steps: number, batchStatistics?: BatchStatistics) {
  const training = buildTrainingGraph({
    network: normalisedNetwork(),
    batch: 2,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    groups: [{ name: 'all', parameters, weightDecay: 0 }],
    ...(batchStatistics === undefined ? {} : { batchStatistics }),
  });
  const program = await onnxExecutor.compile(training.graph, { state: training.state, threads: 1 });
  await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
  const feeds = new Map<string, Tensor>([
    ['x', given('x')],
    [training.target, floatTensor([2, 2], [1, 0, 0, 1])],
    [training.sampleWeight, floatTensor([2], [1, 1])],
    [training.step, scalar(1)],
    [training.learningRates.get('all')!, scalar(0.1)],
  ]);
  const losses: number[] = [];
  let first: ReadonlyMap<string, Tensor> | undefined;
  for (let step = 0; step < steps; step++) {
    losses.push(Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]));
    first ??= await program.state();
  }
  await program.dispose();
  return { training, losses, first: first! };
}

describe('batch normalisation in training', () => {
  it('by the statistics of the batch: the running ones move as PyTorch moves them', async () => {
    const { training, losses, first } = await train(30, { momentum: 0.1, moving: ['mean', 'variance'] });
    expect(relativeError(first.get('mean'), given('mean.next'))).toBeLessThan(1e-6);
    expect(relativeError(first.get('variance'), given('variance.next'))).toBeLessThan(1e-6);
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.95);
    const moved = training.state.filter((variable) => variable.role === 'statistic');
    expect(moved.map((variable) => variable.name)).toEqual(['mean', 'variance']);
  });

  it('by the running statistics unless asked otherwise: they are constants', async () => {
    const { training } = await train(1);
    expect(training.state.map((variable) => variable.name)).toEqual(parameters);
    const inputs = training.graph.inputs.map((input) => input.name);
    expect(inputs).not.toContain('mean');
  });
});
