import { describe, expect, it } from 'vitest';
import { absorbBatchNormalization } from '../../../main/trainer/graph/absorb-batch-normalization.ts';
import { attributes, float, int, ints, string } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { multiplyAdds, peakBytes } from '../../../main/trainer/graph/cost.ts';
import { cutAt } from '../../../main/trainer/graph/cut.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { decomposeGroupNormalization } from '../../../main/trainer/graph/group-normalization.ts';
import { joinGraphs } from '../../../main/trainer/graph/join.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatTensor, tensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { fixture } from '../support/fixtures.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';
import { smallNetwork } from '../support/small-network.ts';

const images = fixture('network/images');
const operators = (graph: Graph) => graph.nodes.map((node) => node.operator);

describe('specialise', () => {
  it('folds the arithmetic by which exporters flatten', async () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: ['N', 3, 'H', 'W'] });
    const shape = builder.op('Shape', ['x'], { attributes: attributes({ start: int(1), end: int(4) }) });
    const [channels, plane] = [
      builder.op('Gather', [shape, builder.ints([0])]),
      builder.op('Slice', [shape, builder.ints([1]), builder.ints([3])]),
    ];
    const area = builder.op('Mul', [
      builder.op('Slice', [plane, builder.ints([0]), builder.ints([1])]),
      builder.op('Slice', [plane, builder.ints([1]), builder.ints([2])]),
    ]);
    const target = builder.op('Concat', [builder.ints([-1]), channels, area], {
      attributes: attributes({ axis: int(0) }),
    });
    const y = builder.op('Reshape', [builder.op('Identity', ['x']), target]);
    const plain = builder.finish('flatten', [y]);
    const graph = specialise(plain, { inputs: new Map([['x', [2, 3, 4, 5]]]) });
    expect(operators(graph)).toEqual(['Reshape']);
    expect(graph.types.get(y)?.dims).toEqual([2, 3, 20]);
    const x = floatTensor(
      [2, 3, 4, 5],
      Float32Array.from({ length: 120 }, (_, at) => at),
    );
    expect(maxDifference((await runGraph(graph, { x })).get(y), (await runGraph(plain, { x })).get(y))).toBe(
      0,
    );
  });

  it('keeps a named batch through the network', () => {
    const graph = specialise(smallNetwork().graph, { inputs: new Map([['images', ['B', 3, 12, 10]]]) });
    expect(graph.outputs[0]?.dims).toEqual(['B', 4]);
  });

  it('opens the batch of a network that was exported for one image', async () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 4, 2, 3] });
    const heads = builder.op('Reshape', ['x', builder.ints([2, 2, 6])]);
    const flat = builder.op('Reshape', [heads, builder.ints([1, 24])]);
    const computed = builder.op('Reshape', ['x', builder.ints([1, -1])]);
    const plain = builder.finish('one', [flat, computed]);
    const graph = specialise(plain, { inputs: new Map([['x', ['N', 4, 2, 3]]]) });
    expect(graph.outputs.map((output) => output.dims)).toEqual([
      ['N', 24],
      ['N', 24],
    ]);
    const x = floatTensor(
      [3, 4, 2, 3],
      Float32Array.from({ length: 72 }, (_, at) => at),
    );
    const results = await runGraph(graph, { x });
    for (const value of [flat, computed]) {
      expect(results.get(value)?.dims).toEqual([3, 24]);
      expect([...(results.get(value)!.data as Float32Array)]).toEqual([...x.data]);
    }
  });

  it('opens the batch wherever the exporter wrote it down, for one image or for several', async () => {
    const token = floatTensor([1, 1, 4], [1, 2, 3, 4]);
    const write = (count: number) => {
      const builder = new GraphBuilder();
      builder.input('x', { dtype: 'float32', dims: [count, 4, 2, 2] });
      const turn = (value: string, ...perm: number[]) =>
        builder.op('Transpose', [value], { attributes: attributes({ perm: ints(perm) }) });
      const larger = builder.op('Resize', ['x', '', '', builder.ints([count, 4, 2, 4])], {
        attributes: attributes({ mode: string('nearest') }),
      });
      const patches = turn(builder.op('Reshape', [larger, builder.ints([count, 4, 8])]), 0, 2, 1);
      const tokens = builder.op('Expand', [builder.constant(token), builder.ints([count, 1, 1])]);
      const words = builder.op('Concat', [tokens, patches], { attributes: attributes({ axis: int(1) }) });
      // As attention has it that puts words first: [9, N, 4] to [9, heads of all images, 2].
      const first = turn(words, 1, 0, 2);
      const heads = turn(builder.op('Reshape', [first, builder.ints([9, count * 2, 2])]), 1, 0, 2);
      const scores = builder.op('MatMul', [heads, turn(heads, 0, 2, 1)]);
      const seen = turn(builder.op('MatMul', [scores, heads]), 1, 0, 2);
      const rows = builder.op('Reshape', [seen, builder.ints([9 * count, 4])]);
      const mixed = builder.op('MatMul', [rows, builder.constant(seededFloats('mix', [4, 4]))]);
      const back = turn(builder.op('Reshape', [mixed, builder.ints([9, count, 4])]), 1, 0, 2);
      if (count !== 1) return builder.finish('attention', [back]);
      // Strided views are written as all numbers in a row and picked from.
      const row = builder.op('Reshape', [back, builder.ints([-1])]);
      const inOrder = Array.from({ length: 36 }, (_, at) => at);
      const pick = (places: readonly number[]) => {
        const indices = builder.constant(tensor('int64', [1, 9, 4], BigInt64Array.from(places, BigInt)));
        return builder.op('Gather', [row, indices]);
      };
      const twice = builder.op('Add', [pick(inOrder), pick(inOrder.toReversed())]);
      return builder.finish('attention', [builder.op('Sub', [twice, pick(inOrder.toReversed())])]);
    };
    const x = (count: number) =>
      floatTensor([count, 4, 2, 2], seededFloats('images', [48]).data.slice(0, count * 16));
    const [expected] = (await runGraph(write(3), { x: x(3) })).values();
    for (const count of [1, 2]) {
      const exported = write(count);
      const opened = specialise(exported, { inputs: new Map([['x', ['N', 4, 2, 2]]]) });
      const [output] = opened.outputs;
      expect(output!.dims).toEqual(['N', 9, 4]);
      const found = await runGraph(opened, { x: x(3) });
      expect(maxDifference(found.get(output!.name), expected)).toBeLessThan(1e-4);
    }
  });

  it('leaves out a bias of zeros that the exporter computed', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 1, 2, 2] });
    const weight = builder.initializer('w', floatTensor([3, 1, 1, 1], [1, 2, 3]));
    const count = builder.op('Shape', [weight], { attributes: attributes({ start: int(0), end: int(1) }) });
    const bias = builder.op('Expand', [builder.scalar(0), count]);
    const graph = specialise(builder.finish('zeros', [builder.op('Conv', ['x', weight, bias])]), {
      inputs: new Map(),
    });
    expect(operators(graph)).toEqual(['Conv']);
    expect(graph.nodes[0]?.inputs).toEqual(['x', 'w']);
  });

  it('names what does not fit', () => {
    const { graph } = smallNetwork();
    expect(() => specialise(graph, { inputs: new Map([['images', [1, 4, 12, 10]]]) })).toThrow(
      /"\/stem\/Conv" takes 3 channels but its input has 4/,
    );
    expect(() => specialise(graph, { inputs: new Map([['picture', [1]]]) })).toThrow(
      /no input named "picture"/,
    );
  });
});

describe('batch normalisation', () => {
  it('is folded into the convolutions before it', async () => {
    const { graph } = smallNetwork();
    const folded = foldBatchNormalization(graph);
    expect(operators(folded)).not.toContain('BatchNormalization');
    expect(
      maxDifference(
        (await runGraph(folded, { images })).get('logits'),
        (await runGraph(graph, { images })).get('logits'),
      ),
    ).toBeLessThan(1e-5);
    expect(graph.initializers.get('stem.weight')).toBe(smallNetwork().graph.initializers.get('stem.weight'));
  });

  it('is absorbed with its parameters kept', async () => {
    const { graph } = smallNetwork();
    const absorbed = absorbBatchNormalization(graph);
    expect(operators(absorbed)).not.toContain('BatchNormalization');
    for (const name of ['stem.weight', 'stem.scale', 'stem.shift']) {
      expect(absorbed.initializers.get(name)).toEqual(graph.initializers.get(name));
    }
    expect(
      maxDifference(
        (await runGraph(absorbed, { images })).get('logits'),
        (await runGraph(graph, { images })).get('logits'),
      ),
    ).toBeLessThan(1e-5);
  });

  it('is a factor of the maps where these are far smaller than the weights', async () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 512, 3, 3] });
    const weight = builder.initializer('w', seededFloats('w', [128, 512, 3, 3], 0, 0.02));
    const [bias, scale, shift, mean] = ['bias', 's', 'b', 'm'].map((name) =>
      builder.initializer(name, seededFloats(name, [128])),
    );
    const variance = builder.initializer('v', seededFloats('v', [128], 1.5));
    const conv = builder.op('Conv', ['x', weight, bias!]);
    const graph = builder.finish('late', [
      builder.op('BatchNormalization', [conv, scale!, shift!, mean!, variance]),
    ]);
    const absorbed = absorbBatchNormalization(graph);
    expect(absorbed.nodes.find(({ operator }) => operator === 'Conv')!.inputs[1]).toBe('w');
    expect(operators(absorbed)).not.toContain('BatchNormalization');
    const x = seededFloats('x', [1, 512, 3, 3]);
    const [y, before] = [await runGraph(absorbed, { x }), await runGraph(graph, { x })];
    const name = graph.outputs[0]!.name;
    expect(maxDifference(y.get(name), before.get(name))).toBeLessThan(1e-5);
  });

  it('stays where the convolution has other readers', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 1, 2, 2] });
    const weight = builder.initializer('w', floatTensor([1, 1, 1, 1], [2]));
    const conv = builder.op('Conv', ['x', weight]);
    const statistics = ['s', 'b', 'm', 'v'].map((name) => builder.initializer(name, floatTensor([1], [1])));
    const normalised = builder.op('BatchNormalization', [conv, ...statistics], {
      attributes: attributes({ epsilon: float(0) }),
    });
    const graph = builder.finish('shared', [builder.op('Add', [normalised, conv])]);
    expect(operators(foldBatchNormalization(graph))).toContain('BatchNormalization');
    expect(operators(absorbBatchNormalization(graph))).toContain('BatchNormalization');
  });
});

describe('group normalisation', () => {
  it('written out computes what PyTorch computes', async () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2, 6, 3, 4] });
    const parameters = ['scale', 'shift'].map((name) =>
      builder.initializer(name, fixture(`group-normalization/${name}`)),
    );
    const y = builder.op('GroupNormalization', ['x', ...parameters], {
      attributes: attributes({ num_groups: int(3), epsilon: float(1e-5) }),
    });
    const graph = decomposeGroupNormalization(builder.finish('group', [y]));
    expect(operators(graph)).not.toContain('GroupNormalization');
    const result = (await runGraph(graph, { x: fixture('group-normalization/x') })).get(y);
    expect(maxDifference(result, fixture('group-normalization/output'))).toBeLessThan(1e-5);
  });
});

describe('cutting and joining', () => {
  it('gives two parts that together are the whole', async () => {
    const { graph } = smallNetwork();
    const cut = graph.nodes.find((node) => node.name === '/expand/Conv')!.inputs[0]!;
    const { prefix, suffix } = cutAt(graph, [cut]);
    expect(operators(prefix)).toEqual(['Conv', 'BatchNormalization', 'Clip']);
    expect(suffix.inputs.map((input) => input.name)).toEqual([cut]);
    expect(suffix.initializers.has('stem.weight')).toBe(false);
    const whole = (await runGraph(graph, { images })).get('logits');
    const activations = await runGraph(prefix, { images });
    expect(maxDifference((await runGraph(suffix, activations)).get('logits'), whole)).toBeLessThan(1e-6);
    expect(maxDifference((await runGraph(joinGraphs(prefix, suffix), { images })).get('logits'), whole)).toBe(
      0,
    );
  });

  it('refuses a cut that a path goes around, and one that does not exist', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 2] });
    const below = builder.op('Relu', ['x'], { name: 'below' });
    const graph = builder.finish('skip', [
      builder.op('Add', [builder.op('Exp', [below]), 'x'], { name: 'join' }),
    ]);
    expect(() => cutAt(graph, [below])).toThrow(/Add "join" above the cut reads "x"/);
    expect(() => cutAt(graph, ['nowhere'])).toThrow(/no value named "nowhere"/);
  });

  it('shares equal weights, renames inner values, and refuses different weights of one name', async () => {
    const { graph } = smallNetwork();
    const builder = new GraphBuilder();
    builder.input('z', { dtype: 'float32', dims: ['N', 4] });
    builder.initializer('linear.bias', graph.initializers.get('linear.bias')!);
    const inner = builder.op('Add', ['z', 'linear.bias'], { name: 'clip' });
    const upper = builder.finish('upper', [builder.op('Neg', [inner], { name: 'negative' })]);
    const joined = joinGraphs(graph, upper, new Map([['z', 'logits']]));
    const [bias, logits] = [
      graph.initializers.get('linear.bias')!,
      (await runGraph(graph, { images })).get('logits')!,
    ];
    const expected = floatTensor(
      [5, 4],
      Array.from(logits.data as Float32Array, (value, at) => -(value + Number(bias.data[at % 4]))),
    );
    expect(maxDifference((await runGraph(joined, { images })).get('negative'), expected)).toBeLessThan(1e-6);
    const other = { ...upper, initializers: new Map([['linear.bias', floatTensor([4], [1, 2, 3, 4])]]) };
    expect(() => joinGraphs(graph, other, new Map([['z', 'logits']]))).toThrow(/named "linear.bias"/);
  });
});

describe('costs', () => {
  it('counts multiply-adds and the bytes alive at once', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 4, 8, 8] });
    builder.initializer('w', floatTensor([4, 2, 3, 3], new Float32Array(72)));
    const conv = builder.op('Conv', ['x', 'w'], {
      attributes: attributes({ group: int(2), pads: ints([1, 1, 1, 1]), strides: ints([2, 2]) }),
    });
    const relu = builder.op('Relu', [conv]);
    const graph = builder.finish('cost', [builder.op('Exp', [relu])]);
    expect(multiplyAdds(graph.nodes[0]!, graph)).toBe(4 * 4 * 4 * 2 * 9);
    expect(peakBytes(graph)).toBe(72 * 4 + 2 * 64 * 4);
  });
});
