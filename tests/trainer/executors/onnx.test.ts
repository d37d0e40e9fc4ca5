import { describe, expect, it } from 'vitest';
import { GRADIENT_DOMAIN } from '../../../main/trainer/autodiff/gradient-operators.ts';
import { lowerGraph } from '../../../main/trainer/executors/lowerings/lower.ts';
import { bestOnDevices } from '../../../main/trainer/executors/lowerings/on-devices.ts';
import { createOnnxExecutor, onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { intsAttribute } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { attachHead } from '../../../main/trainer/networks/attach.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { featureCount, featureGraph } from '../../../main/trainer/networks/features.ts';
import { splitForTraining } from '../../../main/trainer/networks/freezing.ts';
import { classifierHead } from '../../../main/trainer/networks/head.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { TrainingGraph } from '../../../main/trainer/networks/types.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { scalar } from '../support/fixtures.ts';
import { describeForms } from '../support/parity/forms.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { accumulator, describeMemory, describePrograms } from '../support/parity/programs.ts';
import { maxDifference, relativeError } from '../support/run.ts';
import { openTopology, stepGraph } from '../support/train-topology.ts';

const folder = new URL('../../../resources/backbones', import.meta.url).pathname;
const random = createRandom(11);
const draw = (dims: readonly number[]) =>
  floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.normal()),
  );

describePrograms(onnxExecutor);
describeMemory(onnxExecutor);
describeForms((findings) => createOnnxExecutor({ name: 'onnx', provider: 'cpu', findings }));

describe('compositions for graphics cards', () => {
  const executor = createOnnxExecutor({ name: 'as on a card', provider: 'cpu', choose: bestOnDevices });
  describeOperators(executor, ['batch-major']);

  it.each(['mobilenetv2', 'efficientnet-lite0'])('%s: gradients are padded evenly', (name) => {
    const { graph } = lowerGraph(
      stepGraph(openTopology(name, 'legacy'), 'sgd').graph,
      { layout: 'batch-major' },
      bestOnDevices,
    );
    const transposed = graph.nodes.filter(({ operator }) => operator === 'ConvTranspose');
    expect(transposed.length).toBeGreaterThan(3);
    for (const node of transposed) {
      const pads = intsAttribute(node, 'pads')!;
      expect(pads.slice(2), node.name).toEqual(pads.slice(0, 2));
    }
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
  it.each(['batch-major', 'channel-major'] as const)(
    '%s: refuse a gradient that they have no composition for, without naming an executor',
    (layout) => {
      const builder = new GraphBuilder();
      builder.input('x', { dtype: 'float32', dims: [1] });
      const gradient = builder.op('NoSuchGradient', ['x'], { domain: GRADIENT_DOMAIN });
      const lower = () => lowerGraph(builder.finish('odd', [gradient]), { layout });
      expect(lower).toThrow(/^NoSuchGradient ".+" cannot be computed with these settings: choose another/);
    },
  );

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
    const program = await onnxExecutor.compile(accumulator(), {
      state: [{ name: 'sum', next: 'sum.next' }],
      threads: 1,
    });
    expect(program.choices.layout).toBe('batch-major');
    await program.dispose();
  });
});
