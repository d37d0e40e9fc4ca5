import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinGraphs } from '../../../main/trainer/graph/join.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { zeros } from '../../../main/trainer/graph/tensor.ts';
import type { Graph, Tensor } from '../../../main/trainer/graph/types.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { importWeights } from '../../../main/trainer/networks/import-weights.ts';
import { inputStage, NETWORK_INPUT, PIXELS } from '../../../main/trainer/networks/input-stage.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { type Exporter, heldParameters, loadTopology, references, stateDict } from '../support/topologies.ts';

/** A topology whose weights are forgotten. */
function empty(name: string, exporter: Exporter): Graph {
  const graph = specialise(loadTopology(name, exporter), { inputs: new Map([['images', ['N', 3, 64, 64]]]) });
  const initializers = new Map<string, Tensor>(graph.initializers);
  for (const held of heldParameters(name, exporter).keys()) {
    const value = initializers.get(held);
    if (value) initializers.set(held, zeros(value.dims));
  }
  return { ...graph, initializers };
}

describe('a state dict', () => {
  it.each([
    ['mobilenetv2', 'dynamo'],
    ['resnet18', 'legacy'],
    ['vit-tiny', 'legacy'],
    ['vit-tiny', 'dynamo'],
    ['swin-tiny', 'legacy'],
    ['convnext-atto', 'legacy'],
  ] as const)('gives %s from the %s exporter its weights back', async (name, exporter) => {
    const { images, logits } = references(name);
    const wrapped = [...stateDict(name)].map(([key, value]) => [`module.${key}`, value] as const);
    const graph = importWeights(empty(name, exporter), new Map(wrapped));
    const result = (await runGraph(graph, { images })).get('logits');
    expect(maxDifference(result, logits)).toBeLessThan(1e-3);
  });

  it('of another network is refused with what is missing and what is left over', () => {
    const weights = stateDict('resnet18');
    weights.delete('layer1.0.conv1.weight');
    weights.set('extra.weight', zeros([3]));
    expect(() => importWeights(empty('resnet18', 'dynamo'), weights)).toThrow(
      /Not in the file: layer1\.0\.conv1\.weight \[64, 64, 3, 3\]\. In the file but not in the network: extra\.weight\./,
    );
    expect(() => importWeights(empty('resnet18', 'dynamo'), stateDict('vgg11'))).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_MISMATCH' }),
    );
  });

  it('with batch normalisation apart is refused by a network where it is folded', () => {
    expect(() => importWeights(empty('resnet18-folded', 'legacy'), stateDict('resnet18'))).toThrow(
      /batch normalisation folded into its convolutions/,
    );
  });

  const weights = join(process.env.ENXERTO_TEST_WEIGHTS ?? '', 'efficientnet_lite0.safetensors');
  const present = process.env.ENXERTO_TEST_WEIGHTS !== undefined && existsSync(weights);
  it.skipIf(!present)('of timm gives the bundled topology its published logits', async () => {
    const folder = new URL('../../../resources/backbones', import.meta.url).pathname;
    const backbone = await loadBackbone(folder, 'efficientnet_lite0');
    const graph = importWeights(backboneAt(backbone, [224, 224], 1), readSafetensors(weights));
    const expected = readSafetensors(
      new URL('../../fixtures/trainer/efficientnet_lite0.reference.safetensors', import.meta.url),
    );
    const { card } = backbone;
    const stage = inputStage(card, { from: [224, 224], to: [224, 224], layout: 'NHWC', batch: 1 });
    const joined = joinGraphs(stage, graph, new Map([[card.input, NETWORK_INPUT]]));
    const result = await runGraph(joined, { [PIXELS]: expected.get('image_u8')! });
    expect(maxDifference(result.get('logits'), expected.get('logits'))).toBeLessThan(1e-3);
  });
});
