import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { peakBytes } from '../../../main/trainer/graph/cost.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { attachHead } from '../../../main/trainer/networks/attach.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { estimateTrainingBytes } from '../../../main/trainer/networks/estimate.ts';
import { FEATURES, featureCount, featureGraph } from '../../../main/trainer/networks/features.ts';
import { freezingPlans, splitForTraining } from '../../../main/trainer/networks/freezing.ts';
import { classifierHead } from '../../../main/trainer/networks/head.ts';
import { describeStages } from '../../../main/trainer/networks/stages.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { scalar } from '../support/fixtures.ts';
import { maxDifference, runGraph } from '../support/run.ts';

const folder = new URL('../../../resources/backbones', import.meta.url).pathname;

async function lite0() {
  const backbone = await loadBackbone(folder, 'efficientnet_lite0');
  const graph = backboneAt(backbone, [64, 96]);
  return { ...backbone, graph, features: featureGraph(graph, backbone.card, backbone.card.multiLevel) };
}

function randomTensor(dims: readonly number[]): Tensor {
  const random = createRandom(5);
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.normal()),
  );
}

describe('stages', () => {
  it('are listed with weights, multiply-adds and the size of their activations', async () => {
    const { card, graph } = await lite0();
    const stages = describeStages(graph, card);
    expect(stages.map((stage) => stage.name)).toEqual([
      'stem',
      ...[0, 1, 2, 3, 4, 5, 6].map((index) => `stage${index}`),
      'head',
    ]);
    // 4,652,008 weights less the ImageNet classifier (1280 × 1000 + 1000) and the running statistics, which are not trained.
    expect(stages.reduce((sum, stage) => sum + stage.parameterCount, 0)).toBe(4_652_008 - 1_281_000);
    expect(stages.at(-1)).toMatchObject({
      parameterCount: 320 * 1280 + 2 * 1280,
      multiplyAdds: 320 * 1280 * 2 * 3,
      cutBytes: 1280 * 6 * 4,
    });
    expect(stages[0]?.parameters).toEqual(['conv_stem.weight', 'bn1.weight', 'bn1.bias']);
    expect(peakBytes(graph)).toBeGreaterThan(4_652_008 * 4);
  });
});

describe('freezing', () => {
  it.each(['stem', 'stage0', 'stage5', 'stage6', 'head'])(
    'cut below %s computes what the whole backbone does',
    async (firstTrainable) => {
      const { card, features } = await lite0();
      const image = randomTensor([2, 3, 64, 96]);
      const whole = (await runGraph(features, { [card.input]: image })).get(FEATURES);
      const split = splitForTraining(features, card, { firstTrainable });
      expect([...split.frozen, ...split.trainable]).toEqual(card.stages.map((stage) => stage.name));
      expect(split.trainable[0]).toBe(firstTrainable);
      const cut =
        split.prefix === null
          ? new Map([[card.input, image]])
          : await runGraph(foldBatchNormalization(split.prefix), { [card.input]: image });
      expect([...cut.keys()].sort()).toEqual([...split.cut].sort());
      expect(maxDifference((await runGraph(split.suffix!, cut)).get(FEATURES), whole)).toBeLessThan(1e-3);
    },
  );

  it('offers every depth, the head alone first', async () => {
    const { card, features } = await lite0();
    const plans = freezingPlans(card);
    expect(plans.map((plan) => plan.firstTrainable)).toEqual([
      null,
      'head',
      ...[6, 5, 4, 3, 2, 1, 0].map((index) => `stage${index}`),
      'stem',
    ]);
    expect(splitForTraining(features, card, plans[0]!)).toMatchObject({
      cut: [FEATURES],
      suffix: null,
      trainable: [],
    });
    expect(() => splitForTraining(features, card, { firstTrainable: 'missing' })).toThrow(
      /no stage "missing"/,
    );
  });

  it('trains the last stages with a rate of their own and lowers the loss', async () => {
    const { card, features } = await lite0();
    const split = splitForTraining(features, card, { firstTrainable: 'stage6' });
    const head = classifierHead({ features: featureCount(features), classes: 3, dropout: 0.2, seed: 1 });
    const network = attachHead(split.suffix!, head);
    const body = network.parameters.filter((name) => !name.startsWith('head.'));
    const training = buildTrainingGraph({
      network,
      batch: 4,
      loss: { kind: 'cross-entropy' },
      optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      groups: [
        { name: 'body', parameters: body, weightDecay: 0.01 },
        { name: 'head', parameters: head.parameters, weightDecay: 0.01 },
      ],
    });
    expect(body).toContain('blocks.6.0.conv_dw.weight');
    const stateBytes = training.state.reduce((sum, variable) => sum + 4 * variable.initial.data.length, 0);
    expect(estimateTrainingBytes(training)).toBeGreaterThan(3 * stateBytes);
    expect(estimateTrainingBytes(training)).toBeLessThan(6 * stateBytes);
    expect(training.inputs).toEqual(split.cut);
    const program = await onnxExecutor.compile(training.graph, { state: training.state, threads: 2 });
    await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
    const cut = await runGraph(split.prefix!, { [card.input]: randomTensor([4, 3, 64, 96]) });
    const losses: number[] = [];
    for (let step = 1; step <= 20; step++) {
      const feeds = new Map<string, Tensor>(cut)
        .set(training.target, floatTensor([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]))
        .set(training.sampleWeight, floatTensor([4], [1, 1, 1, 1]))
        .set(training.step, scalar(step))
        .set(training.learningRates.get('body')!, scalar(0))
        .set(training.learningRates.get('head')!, scalar(0.002));
      for (const mask of training.masks)
        feeds.set(
          mask.input,
          floatTensor(mask.dims as number[], new Float32Array(elementCount(mask.dims as number[])).fill(1)),
        );
      losses.push(Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]));
    }
    expect(losses[19]!).toBeLessThan(losses[0]! * 0.5);
    const state = await program.state();
    for (const name of body)
      expect(maxDifference(state.get(name), network.graph.initializers.get(name)), name).toBe(0);
    expect(
      maxDifference(state.get('head.linear.weight'), network.graph.initializers.get('head.linear.weight')),
    ).toBeGreaterThan(0.002);
    await program.dispose();
  });
});
