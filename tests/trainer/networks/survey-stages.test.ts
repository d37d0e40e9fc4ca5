import { describe, expect, it } from 'vitest';
import { attributes, ints } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { cutPlaces } from '../../../main/trainer/graph/crossing.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { stagesOf } from '../../../main/trainer/networks/survey.ts';
import { seededFloats } from '../support/seeded.ts';

/** What a network with a way around the middle of it may differ in. */
interface Shape {
  /** Channels of the first map, and of those that go around. */
  readonly stem?: number;
  readonly around?: number;
  /** How many maps go around. */
  readonly ways?: number;
  /** Another way within, around one block. */
  readonly inner?: boolean;
}

/** Pictures of 16 × 16 pixels, maps of 8 × 8: one after another, and others around them. */
function network({ stem = 4, around = 8, ways = 1, inner = false }: Shape = {}): Graph {
  const builder = new GraphBuilder();
  builder.input('images', { dtype: 'float32', dims: ['N', 3, 16, 16] });
  const vector = (name: string, length: number) =>
    builder.initializer(name, seededFloats(name, [length], 1, 0.5));
  const convolution = (x: string, name: string, [inputs, outputs]: readonly [number, number], stride = 1) =>
    builder.op(
      'Conv',
      [x, builder.initializer(`${name}.weight`, seededFloats(name, [outputs, inputs, 1, 1]))],
      {
        name: `/${name}/Conv`,
        attributes: attributes({ kernel_shape: ints([1, 1]), strides: ints([stride, stride]) }),
      },
    );
  const block = (x: string, name: string, channels: readonly [number, number], stride = 1) => {
    const rows = ['scale', 'bias', 'mean', 'var'].map((part) => vector(`${name}.bn.${part}`, channels[1]));
    const normalised = builder.op('BatchNormalization', [convolution(x, name, channels, stride), ...rows], {
      name: `/${name}/bn/BatchNormalization`,
    });
    return builder.op('Relu', [normalised], { name: `/${name}/relu/Relu` });
  };
  const first = block('images', 'stem', [3, stem], 2);
  const side = Array.from({ length: ways }, (_, way) => block(first, `side${way}`, [stem, around]));
  const one = block(first, 'one', [stem, 8]);
  const within = inner ? [block(one, 'inner', [8, 8])] : [];
  const middle = within.reduce((sum, way) => builder.op('Add', [sum, way]), block(one, 'two', [8, 8]));
  const end = side.reduce((sum, way) => builder.op('Add', [sum, way]), block(middle, 'three', [8, around]));
  const last = block(end, 'last', [around, 8]);
  const pooled = builder.op('Flatten', [builder.op('GlobalAveragePool', [last])]);
  return builder.finish('around', [pooled]);
}

/** How many values each stage ends with. */
const endsOf = (shape: Shape) =>
  Object.fromEntries(stagesOf(network(shape)).map(({ name, outputs }) => [name, outputs.length]));

describe('stages where a way goes around', () => {
  it('end at both values', () => {
    expect(endsOf({})).toEqual({ stem: 1, side0: 2, one: 2, two: 2, three: 1, last: 1 });
  });

  it('end at up to four', () => {
    const three = { stem: 1, side0: 2, side1: 3, side2: 4, one: 4, two: 4, three: 1, last: 1 };
    expect(endsOf({ ways: 3 })).toEqual(three);
    expect(endsOf({ ways: 4 })).not.toHaveProperty('two');
  });

  it('end where fewer values cross, unless much lies between', () => {
    const light = endsOf({ inner: true, around: 64 });
    expect(light).toEqual({ stem: 1, side0: 2, inner: 2, three: 1, last: 1 });
    expect(endsOf({ inner: true })).toEqual({
      stem: 1,
      side0: 2,
      one: 2,
      inner: 3,
      two: 2,
      three: 1,
      last: 1,
    });
  });

  it('end at no more than twelve pictures, unless a single value of the network is as large', () => {
    const wide = { around: 160 };
    expect((8 + wide.around) * 64).toBeGreaterThan(12 * 3 * 256);
    expect(endsOf(wide)).toEqual({ stem: 1, side0: 1, last: 1 });
    expect(Object.values(endsOf({ ...wide, stem: 176 }))).toContain(2);
  });
});

it('a cut at several values keeps none that is gone once normalisations are folded', () => {
  const graph = network();
  const places = cutPlaces(graph);
  const crossingAfter = (name: string) => places.get(graph.nodes.find((node) => node.name === name)!)?.length;
  expect(crossingAfter('/stem/Conv')).toBe(1);
  expect(crossingAfter('/two/Conv')).toBeUndefined();
  expect(crossingAfter('/two/bn/BatchNormalization')).toBe(2);
});
