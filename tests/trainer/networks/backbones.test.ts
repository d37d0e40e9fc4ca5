import { describe, expect, it } from 'vitest';
import { outputsOnly } from '../../../main/trainer/graph/cut.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { joinGraphs } from '../../../main/trainer/graph/join.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { FEATURES, featureCount, featureGraph } from '../../../main/trainer/networks/features.ts';
import { inputStage, NETWORK_INPUT, PIXELS } from '../../../main/trainer/networks/input-stage.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { readSafetensors } from '../support/safetensors.ts';

const folder = new URL('../../../resources/backbones', import.meta.url).pathname;
const tolerance = 1e-3;

describe.each([
  ['efficientnet_lite0', 224],
  ['efficientnet_lite1', 240],
  ['efficientnet_lite2', 260],
] as const)('%s', (name, size) => {
  it('matches the reference logits, features and stage means', async () => {
    const expected = readSafetensors(
      new URL(`../../fixtures/trainer/${name}.reference.safetensors`, import.meta.url),
    );
    const backbone = await loadBackbone(folder, name);
    const pixels = expected.get('image_u8')!;
    const graph = foldBatchNormalization(backboneAt(backbone, [size, size], 1));
    expect(
      graph.nodes.some((node) => node.operator === 'BatchNormalization' || node.operator === 'Cast'),
    ).toBe(false);
    const stages = ['stem', ...Array.from({ length: 7 }, (_, index) => `stage${index}`), 'head'];
    const whole: Graph = { ...graph, outputs: [...graph.outputs] };
    const logits = await runWithPixels(whole, backbone.card, size, pixels);
    expect(maxDifference(logits.get('logits'), expected.get('logits'))).toBeLessThan(tolerance);
    expect(maxDifference(logits.get('features'), expected.get('features'))).toBeLessThan(tolerance);
    for (const stage of stages) {
      const means = await runWithPixels(
        featureGraph(graph, backbone.card, [stage]),
        backbone.card,
        size,
        pixels,
      );
      const key = stage === 'head' ? 'mean_head_conv' : `mean_${stage}`;
      expect(maxDifference(means.get(FEATURES), expected.get(key)), stage).toBeLessThan(tolerance);
    }
  });

  it('has features of the announced size at another aspect', async () => {
    const backbone = await loadBackbone(folder, name);
    const graph = backboneAt(backbone, [size * 2, size]);
    expect(featureCount(featureGraph(graph, backbone.card))).toBe(backbone.card.featureCount);
    const multi = featureGraph(graph, backbone.card, backbone.card.multiLevel);
    expect(featureCount(multi)).toBeGreaterThan(backbone.card.featureCount);
    expect(multi.outputs[0]?.dims?.[0]).toBe('N');
    expect(outputsOnly(graph, ['logits']).nodes.length).toBeGreaterThan(100);
  });
});

async function runWithPixels(
  graph: Graph,
  card: Parameters<typeof inputStage>[0] & { readonly input: string },
  size: number,
  pixels: NonNullable<ReturnType<ReturnType<typeof readSafetensors>['get']>>,
) {
  const stage = inputStage(card, { from: [size, size], to: [size, size], layout: 'NHWC', batch: 1 });
  const joined = joinGraphs(stage, graph, new Map([[card.input, NETWORK_INPUT]]));
  return runGraph(joined, { [PIXELS]: pixels });
}
