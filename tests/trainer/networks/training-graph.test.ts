import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import type { Program } from '../../../main/trainer/executors/types.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { inferenceNetwork } from '../../../main/trainer/networks/attach.ts';
import { classifierHead } from '../../../main/trainer/networks/head.ts';
import { smallConvNet } from '../../../main/trainer/networks/small-conv-net.ts';
import { buildEvaluationGraph, buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network, TrainingGraph, TrainingSpec } from '../../../main/trainer/networks/types.ts';
import { fixture, fixtureNames, scalar } from '../support/fixtures.ts';
import { maxDifference, relativeError, runGraph } from '../support/run.ts';
import { smallNetwork } from '../support/small-network.ts';

const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const smoothed = { kind: 'cross-entropy', labelSmoothing: 0.1 } as const;
const ones = (dims: readonly number[]) =>
  floatTensor(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1));

function spec(network: Network, parameters: readonly string[] = network.parameters): TrainingSpec {
  return {
    network,
    batch: 5,
    loss: smoothed,
    optimiser: adamw,
    groups: [{ name: 'all', parameters, weightDecay: 0.05 }],
  };
}

async function compile(
  training: TrainingGraph,
  layout: 'batch-major' | 'channel-major' | 'position-major' = 'batch-major',
): Promise<Program> {
  const program = await onnxExecutor.compile(training.graph, { state: training.state, threads: 1, layout });
  await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
  return program;
}

function feeds(
  training: TrainingGraph,
  images: Tensor,
  step = 1,
  sampleWeight: readonly number[] = [1, 1, 1, 1, 1],
): Map<string, Tensor> {
  const all = new Map<string, Tensor>([
    [training.inputs[0]!, images],
    [training.target, fixture('network/target')],
    [training.sampleWeight, floatTensor([5], sampleWeight)],
    [training.step, scalar(step)],
  ]);
  for (const rate of training.learningRates.values()) all.set(rate, scalar(0.01));
  for (const mask of training.masks) all.set(mask.input, ones(mask.dims as number[]));
  return all;
}

describe.each(['batch-major', 'channel-major', 'position-major'] as const)(
  'one training step, %s',
  (layout) => {
    it('equals PyTorch: loss, logits, gradient norm and every weight', async () => {
      // A limit that no gradient reaches: the norm is computed, nothing is shortened.
      const training = buildTrainingGraph({ ...spec(smallNetwork()), clipNorm: 1e9 });
      const program = await compile(training, layout);
      const norms = training.gradientNorm!;
      const results = await program.run(feeds(training, fixture('network/images')), [
        training.loss,
        training.logits,
        norms,
      ]);
      expect(relativeError(results.get(training.loss), fixture('network/loss'))).toBeLessThan(1e-5);
      expect(relativeError(results.get(training.logits), fixture('network/logits'))).toBeLessThan(1e-5);
      const norm = Math.hypot(
        ...fixtureNames('network/gradient/').flatMap((name) => [...fixture(`network/gradient/${name}`).data]),
      );
      expect(Number(results.get(norms)!.data[0]) / norm).toBeCloseTo(1, 4);
      const state = await program.state();
      for (const name of fixtureNames('network/end/')) {
        const [start, end] = [fixture(`network/start/${name}`), fixture(`network/end/${name}`)];
        const change = (to: Tensor) =>
          floatTensor(
            start.dims,
            start.data.map((value, at) => Number(to.data[at]) - value),
          );
        expect(relativeError(change(state.get(name)!), change(end)), name).toBeLessThan(1e-3);
      }
      await program.dispose();
    });

    it('keeps loss and logits of padded samples out of the update', async () => {
      const training = buildTrainingGraph(spec(smallNetwork()));
      const images = fixture('network/images');
      const noise = floatTensor(
        images.dims,
        images.data.map((value, at) => (at >= 3 * 360 ? value * 50 + 3 : value)),
      );
      const [first, second] = [await compile(training, layout), await compile(training, layout)];
      await first.run(feeds(training, images, 1, [1, 1, 1, 0, 0]), []);
      await second.run(feeds(training, noise, 1, [1, 1, 1, 0, 0]), []);
      const other = await second.state();
      for (const [name, value] of await first.state())
        expect(maxDifference(value, other.get(name)), name).toBeLessThan(1e-6);
    });
  },
);

describe('training graphs', () => {
  it('have the gradients of the network with its batch normalisation kept apart', async () => {
    const network = smallNetwork();
    const training = buildTrainingGraph({
      ...spec(network),
      optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
      groups: [{ name: 'all', parameters: network.parameters, weightDecay: 0 }],
    });
    expect(training.graph.nodes.some((node) => node.operator === 'BatchNormalization')).toBe(false);
    const program = await compile(training);
    const step = feeds(training, fixture('network/images'));
    step.set(training.learningRates.get('all')!, scalar(1));
    await program.run(step, []);
    const state = await program.state();
    for (const name of fixtureNames('network/gradient/')) {
      const start = fixture(`network/start/${name}`);
      const moved = floatTensor(
        start.dims,
        start.data.map((value, at) => value - Number(state.get(name)!.data[at])),
      );
      expect(relativeError(moved, fixture(`network/gradient/${name}`)), name).toBeLessThan(1e-3);
    }
  });

  it('trains only what is in a group, and changes nothing else', async () => {
    const training = buildTrainingGraph(
      spec(smallNetwork(), ['linear.weight', 'linear.bias', 'project.weight']),
    );
    expect(
      training.state
        .map((variable) => variable.parameter)
        .filter((name, at, all) => all.indexOf(name) === at),
    ).toEqual(['linear.weight', 'linear.bias', 'project.weight']);
    expect(training.graph.initializers.has('depthwise.weight')).toBe(true);
    expect(training.graph.nodes.some((node) => node.operator === 'ConvInputGradient')).toBe(false);
  });

  it('lowers the loss of the network trained from scratch, dropout and clipping included', async () => {
    const network = smallConvNet({ classes: 4, size: [12, 10], dropout: 0.2, seed: 3, widths: [12, 28] });
    const training = buildTrainingGraph({ ...spec(network), clipNorm: 1 });
    const program = await compile(training);
    const losses: number[] = [];
    for (let step = 1; step <= 40; step++) {
      const results = await program.run(feeds(training, fixture('network/images'), step), [training.loss]);
      losses.push(Number(results.get(training.loss)!.data[0]));
    }
    expect(losses[39]!).toBeLessThan(losses[0]! * 0.6);
    const evaluation = buildEvaluationGraph({
      network,
      batch: 5,
      loss: smoothed,
      parameters: network.parameters,
    });
    const evaluator = await onnxExecutor.compile(evaluation.graph, { state: evaluation.state, threads: 1 });
    await evaluator.setState(
      new Map([...(await program.state())].filter(([name]) => network.parameters.includes(name))),
    );
    const measured = await evaluator.run(
      new Map([
        [evaluation.inputs[0]!, fixture('network/images')],
        [evaluation.target, fixture('network/target')],
        [evaluation.sampleWeight, ones([5])],
      ]),
      [evaluation.loss],
    );
    expect(Number(measured.get(evaluation.loss)!.data[0])).toBeLessThan(losses[39]! * 1.05);
  });

  it('clips to the given global norm', async () => {
    const network = smallNetwork();
    const sgd = { kind: 'sgd', momentum: 0, nesterov: false } as const;
    const groups = [{ name: 'all', parameters: network.parameters, weightDecay: 0 }];
    const training = buildTrainingGraph({ ...spec(network), optimiser: sgd, groups, clipNorm: 0.01 });
    const program = await compile(training);
    await program.run(feeds(training, fixture('network/images')), []);
    let square = 0;
    for (const [name, value] of await program.state()) {
      const start = fixture(`network/start/${name}`);
      start.data.forEach((before, at) => {
        square += (before - Number(value.data[at])) ** 2;
      });
    }
    expect(Math.sqrt(square) / 0.01).toBeCloseTo(0.01, 4);
  });

  it('are the same bits when run again, and take up from their state', async () => {
    const training = buildTrainingGraph(spec(smallNetwork()));
    const run = async (program: Program, from: number, to: number) => {
      for (let step = from; step <= to; step++)
        await program.run(feeds(training, fixture('network/images'), step), []);
      return program.state();
    };
    const whole = await run(await compile(training), 1, 6);
    const first = await compile(training);
    const half = await run(first, 1, 3);
    const resumed = await compile(training);
    await resumed.setState(half);
    const end = await run(resumed, 4, 6);
    for (const [name, value] of whole) expect(maxDifference(value, end.get(name)), name).toBe(0);
  });

  it.each([
    [
      'a weight in two groups',
      {
        groups: [
          { name: 'a', parameters: ['linear.bias'], weightDecay: 0 },
          { name: 'b', parameters: ['linear.bias'], weightDecay: 0 },
        ],
      },
      /in two parameter groups/,
    ],
    [
      'an unknown weight',
      { groups: [{ name: 'a', parameters: ['missing'], weightDecay: 0 }] },
      /no weight named "missing"/,
    ],
    ['no weight at all', { groups: [] }, /Nothing is left to train/],
  ] as const)('refuse %s', (_label, change, message) => {
    expect(() => buildTrainingGraph({ ...spec(smallNetwork()), ...change })).toThrow(message);
  });

  it('name the input that does not fit', async () => {
    const training = buildTrainingGraph(spec(smallNetwork()));
    const program = await compile(training);
    await expect(program.run(feeds(training, floatTensor([1], [0])), [])).rejects.toThrow(
      /"images" takes float32 \[5, 3, 12, 10\]/,
    );
    await expect(program.setState(new Map([['nothing', scalar(1)]]))).rejects.toThrow(/no state "nothing"/);
  });
});

describe('networks', () => {
  it('folded compute the same and have convolutions with biases as parameters', async () => {
    const network = smallNetwork();
    const folded = foldBatchNormalization(network.graph);
    const images = { images: fixture('network/images') };
    const plain = await runGraph(network.graph, images);
    expect(maxDifference((await runGraph(folded, images)).get('logits'), plain.get('logits'))).toBeLessThan(
      1e-5,
    );
    expect(folded.initializers.has('stem.weight.bias')).toBe(true);
  });

  it('take a head with a hidden layer, dropout and standardised features', async () => {
    const standardise = { mean: Float32Array.of(1, 2, 3), deviation: Float32Array.of(2, 0, 4) };
    const head = classifierHead({ features: 3, classes: 2, dropout: 0.5, hidden: 4, standardise, seed: 1 });
    expect(head.parameters).toEqual([
      'head.hidden.weight',
      'head.hidden.bias',
      'head.linear.weight',
      'head.linear.bias',
    ]);
    expect(head.masks).toEqual([{ input: 'head.mask', rate: 0.5, dims: ['N', 4] }]);
    const { graph } = inferenceNetwork(head);
    const features = floatTensor([1, 3], [3, 9, 3]);
    const logits = (await runGraph(graph, { [head.inputs[0]!]: features })).get(head.logits)!;
    const hidden = head.graph.initializers.get('head.hidden.weight')!.data as Float32Array;
    const linear = head.graph.initializers.get('head.linear.weight')!.data as Float32Array;
    const relu = [0, 1, 2, 3].map((unit) => Math.max(0, hidden[unit * 3]! + 7 * hidden[unit * 3 + 1]!));
    const expected = [0, 1].map((at) =>
      relu.reduce((sum, value, unit) => sum + value * linear[at * 4 + unit]!, 0),
    );
    expect(maxDifference(logits, floatTensor([1, 2], expected))).toBeLessThan(1e-5);
    expect(() => classifierHead({ features: 3, classes: 2, dropout: 1, seed: 1 })).toThrow(/dropout of 1/);
  });

  it('differ by their seed only', () => {
    const weights = (seed: number) =>
      classifierHead({ features: 3, classes: 2, dropout: 0, seed }).graph.initializers.get(
        'head.linear.weight',
      );
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });
});
