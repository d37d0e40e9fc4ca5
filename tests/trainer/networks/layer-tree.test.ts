import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { cutAt } from '../../../main/trainer/graph/cut.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { estimateCut, type Layer, layerTree } from '../../../main/trainer/networks/layer-tree.ts';
import { trainableParameters } from '../../../main/trainer/networks/parameters.ts';
import { stagesOf, surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';
import {
  type Exporter,
  heldParameters,
  kerasFile,
  loadTopology,
  references,
  seededImages,
} from '../support/topologies.ts';

const open = (name: string, exporter: Exporter): Graph =>
  specialise(loadTopology(name, exporter), { inputs: new Map([['images', ['N', 3, 64, 64]]]) });

function find(tree: Layer, path: string): Layer {
  const stack = [tree];
  for (let layer = stack.pop(); layer !== undefined; layer = stack.pop()) {
    if (layer.path === path) return layer;
    stack.push(...layer.children);
  }
  throw new Error(`No layer "${path}".`);
}

describe('layer trees', () => {
  it.each([
    ['mobilenetv2', 'legacy'],
    ['mobilenetv2', 'dynamo'],
    ['mobilenetv2-folded', 'legacy'],
    ['mobilenetv2-folded', 'dynamo'],
  ] as const)('of %s from the %s exporter have PyTorch’s modules', (name, exporter) => {
    const tree = layerTree(open(name, exporter));
    const convolution = find(tree, 'blocks.1.0.conv_dw');
    expect(convolution).toMatchObject({ kind: 'DepthwiseConv', dims: ['N', 96, 16, 16] });
    expect(convolution.multiplyAdds).toBe(96 * 9 * 16 * 16);
    expect(find(tree, 'blocks.1.0')).toMatchObject({ kind: 'Block', dims: ['N', 24, 16, 16] });
    // 3 (stem, stride 2) + 2·2 (block 0) + 2·2 (block 1.0)
    expect(find(tree, 'blocks.1.0').receptiveField).toBe(11);
    // Inside a block with a branch around it two values cross.
    expect(find(tree, 'blocks.1.0').cut).toHaveLength(1);
    expect(find(tree, 'blocks.1.1.bn2').cut).toHaveLength(2);
    expect(find(tree, 'classifier')).toMatchObject({ kind: 'Linear', parameterCount: 1280 * 10 + 10 });
    const expected = [...references(name).parameters.values()].reduce(
      (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
      0,
    );
    expect(tree.parameterCount).toBe(expected);
  });

  it.each([
    ['vit-tiny', 'legacy'],
    ['vit-tiny', 'dynamo'],
    ['swin-tiny', 'legacy'],
    ['swin-tiny', 'dynamo'],
    ['mobilevit', 'legacy'],
    ['convnext-atto', 'dynamo'],
  ] as const)('of %s from the %s exporter hold every trainable weight', (name, exporter) => {
    const held = heldParameters(name, exporter);
    const statistics = /running_(mean|var)$/;
    const wanted = [...held].filter(([, { parameter }]) => !statistics.test(parameter)).map(([key]) => key);
    expect(new Set(trainableParameters(open(name, exporter)))).toEqual(new Set(wanted));
  });

  it('of Keras by way of tf2onnx have its layers, put together by block', async () => {
    const raw = readOnnx(kerasFile());
    const graph = specialise(raw, { inputs: new Map([['images', ['N', 64, 64, 3]]]) });
    const tree = layerTree(graph);
    expect(find(tree, 'block_1')).toMatchObject({ kind: 'Block', dims: ['N', 8, 16, 16] });
    expect(find(tree, 'block_1.expand_1')).toMatchObject({ kind: 'Conv', multiplyAdds: 48 * 8 * 32 * 32 });
    expect(find(tree, 'block_1.depthwise_1').kind).toBe('DepthwiseConv');
    expect(find(tree, 'block_1').cut).not.toBeNull();
    expect(find(tree, 'predictions_1').parameterCount).toBeGreaterThanOrEqual(1280 * 10);
    const names = stagesOf(graph).map((stage) => stage.name);
    expect(names.slice(-4)).toEqual(['block_14', 'block_15', 'block_16', 'Conv_1_1']);
    // Taken as a backbone, it is fed planes of red, green and blue: what brings them in order is no part of it.
    const { stages, layout } = surveyNetwork(raw, { order: 'bgr', size: null, features: null });
    expect({ layout, names: stages.map((stage) => stage.name) }).toEqual({ layout: 'NHWC', names });
    const images = seededFloats('keras/images', [2, 64, 64, 3]);
    const session = await InferenceSession.create(kerasFile(), { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const feeds = { images: new RuntimeTensor('float32', images.data, images.dims) };
    const expected = (await session.run(feeds))[session.outputNames[0]!]!;
    await session.release();
    const result = (await runGraph(graph, { images })).get(graph.outputs[0]!.name);
    expect(maxDifference(result, floatTensor(expected.dims, expected.data as Float32Array))).toBeLessThan(
      1e-5,
    );
  });

  it('give the stages of a card', async () => {
    const backbone = await loadBackbone(
      new URL('../../../resources/backbones', import.meta.url).pathname,
      'efficientnet_lite0',
    );
    const stages = stagesOf(backboneAt(backbone, [224, 224]));
    expect(stages.map((stage) => stage.outputs)).toEqual(backbone.card.stages.map((stage) => stage.outputs));
  });

  it.each([
    ['resnet18', 'legacy', ['conv1', 'layer1', 'layer2', 'layer3', 'layer4']],
    ['swin-tiny', 'dynamo', ['patch_embed', 'layers.0', 'layers.1', 'layers.2', 'layers.3']],
    ['convnext-atto', 'legacy', ['stem', 'stages.0', 'stages.1', 'stages.2', 'stages.3', 'head']],
  ] as const)('give the stages of %s', (name, exporter, names) => {
    expect(stagesOf(open(name, exporter)).map((stage) => stage.name)).toEqual(names);
  });

  it.each([
    ['vit-tiny', 'dynamo', 'blocks.5'],
    ['swin-tiny', 'legacy', 'layers.1'],
    ['convnext-tiny', 'dynamo', 'stages.2'],
    ['mobilevit', 'dynamo', 'stages.3'],
    ['hrnet', 'dynamo', 'stage3'],
    ['unet', 'legacy', 'decoder.0'],
  ] as const)('say where %s from the %s exporter can be cut in two', async (name, exporter, path) => {
    const graph = open(name, exporter);
    const { cut } = find(layerTree(graph), path);
    const { prefix, suffix } = cutAt(graph, cut!);
    const images = seededImages(name, 3);
    const whole = (await runGraph(graph, { images })).get('logits');
    const again = (await runGraph(suffix, await runGraph(prefix, { images }))).get('logits');
    expect(maxDifference(again, whole)).toBeLessThan(1e-4);
    const above = estimateCut(graph, cut!);
    expect(above.parameterCount).toBeGreaterThan(0);
    expect(above.parameterCount).toBeLessThan(layerTree(graph).parameterCount);
  });
});
