import { describe, expect, it } from 'vitest';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { attachHead } from '../../../main/trainer/networks/attach.ts';
import type { BackboneCard } from '../../../main/trainer/networks/card.ts';
import { featureGraph } from '../../../main/trainer/networks/features.ts';
import { classifierHead } from '../../../main/trainer/networks/head.ts';
import { stagesOf, surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';

const look = { order: 'rgb', size: null, features: null } as const;
const images = seededFloats('images', [2, 3, 6, 4]);

/** A convolution, then what is said: the end of a network. */
function network(end: (builder: GraphBuilder, maps: string) => string): Graph {
  const builder = new GraphBuilder();
  builder.input('images', { dtype: 'float32', dims: ['N', 3, 6, 4] });
  const weight = builder.initializer('stem.weight', seededFloats('stem', [5, 3, 3, 3]));
  const maps = builder.op('Relu', [builder.op('Conv', ['images', weight], { name: '/stem/Conv' })]);
  return builder.finish('net', [end(builder, maps)]);
}

const weights = (builder: GraphBuilder, name: string, dims: readonly number[]) =>
  builder.initializer(name, seededFloats(name, dims));
const linear = (builder: GraphBuilder, x: string, name: string) =>
  builder.op('Gemm', [x, weights(builder, `${name}.weight`, [7, 5]), weights(builder, `${name}.bias`, [7])], {
    attributes: attributes({ transB: int(1) }),
  });
const mean = (builder: GraphBuilder, maps: string) =>
  builder.op('Flatten', [builder.op('GlobalAveragePool', [maps])]);
const convolution = (builder: GraphBuilder, maps: string) =>
  builder.op('Conv', [maps, weights(builder, 'fc.weight', [7, 5, 1, 1]), weights(builder, 'fc.bias', [7])]);

const ends = {
  'a convolution of the mean': (builder: GraphBuilder, maps: string) =>
    builder.op('Flatten', [convolution(builder, builder.op('GlobalAveragePool', [maps]))]),
  'the mean of a convolution': (builder: GraphBuilder, maps: string) =>
    mean(builder, builder.op('Relu', [convolution(builder, maps)])),
  'the mean of two classifiers': (builder: GraphBuilder, maps: string) => {
    const row = mean(builder, maps);
    const both = builder.op('Add', [linear(builder, row, 'head.linear'), linear(builder, row, 'head_dist')]);
    return builder.op('Div', [both, builder.scalar(2)]);
  },
};

describe('a classifier that is', () => {
  it.each(Object.entries(ends))(
    '%s is told from the features, which are the means of the last maps',
    async (_, end) => {
      const { graph, features, featureCount, logits, classes, stages } = surveyNetwork(network(end), look);
      expect({ featureCount, logits, classes }).toEqual({
        featureCount: 5,
        logits: graph.outputs[0]!.name,
        classes: 7,
      });
      expect(stages.map(({ name }) => name)).toEqual(['stem']);
      expect(stagesOf(network(end)).map(({ name }) => name)).toEqual(['stem']);
      const [expected] = (await runGraph(network(mean), { images })).values();
      const reread = { ...graph, outputs: [{ name: features, dtype: 'float32' as const, dims: null }] };
      expect(maxDifference((await runGraph(reread, { images })).get(features), expected)).toBeLessThan(1e-6);
    },
  );

  it('laid out flat over the whole map, or of larger windows, is none: its answers are the features', () => {
    const flat = surveyNetwork(
      network((builder, maps) => builder.op('Flatten', [convolution(builder, maps)])),
      look,
    );
    expect(flat).toMatchObject({ logits: null, featureCount: 7 * 4 * 2 });
    const windows = surveyNetwork(
      network((builder, maps) => {
        const kernel = weights(builder, 'last.weight', [7, 5, 2, 2]);
        return mean(builder, builder.op('Conv', [maps, kernel], { name: '/last/Conv' }));
      }),
      look,
    );
    expect(windows).toMatchObject({ logits: null, featureCount: 7 });
  });
});

it('a network that ends in weights can be cut at its end, and one whose weights are called like a head takes a head', async () => {
  const { graph, features, input, stages, featureCount } = surveyNetwork(
    network((builder, maps) => builder.op('Tanh', [linear(builder, mean(builder, maps), 'head.linear')])),
    look,
  );
  expect(stages.at(-1)!.outputs).toEqual([features]);
  const card = { name: 'net', input, features, stages } as unknown as BackboneCard;
  const body = featureGraph(graph, card);
  expect(body.types.has(features)).toBe(true);
  const whole = attachHead(body, classifierHead({ features: featureCount, classes: 2, dropout: 0, seed: 1 }));
  expect(whole.parameters).toEqual([
    'stem.weight',
    'network.head.linear.weight',
    'network.head.linear.bias',
    'head.linear.weight',
    'head.linear.bias',
  ]);
  const found = (await runGraph(body, { images })).get('enxerto.features');
  const expected = (
    await runGraph(
      network((builder, maps) => builder.op('Tanh', [linear(builder, mean(builder, maps), 'head.linear')])),
      { images },
    )
  ).values();
  expect(maxDifference(found, [...expected][0] ?? floatTensor([0], []))).toBeLessThan(1e-6);
});
