import { describe, expect, it } from 'vitest';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { checkNetwork } from '../../../main/trainer/graph/check.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor } from '../../../main/trainer/graph/types.ts';
import { trainableParameters } from '../../../main/trainer/networks/parameters.ts';
import { seededFloats } from '../support/seeded.ts';

const filled = (dims: readonly number[], value: number) =>
  floatTensor(dims, new Float32Array(dims.reduce((all, dim) => all * dim, 1)).fill(value));

/** The weights of one operator on maps [N, 3, 4, 4]. */
function weightsOf(
  operator: string,
  named: Readonly<Record<string, FloatTensor>>,
  group = 1,
): readonly string[] {
  const builder = new GraphBuilder();
  builder.input('x', { dtype: 'float32', dims: ['N', 3, 4, 4] });
  const weights = Object.entries(named).map(([name, value]) => builder.initializer(name, value));
  const settings = group === 1 ? {} : { group: int(group) };
  const result = builder.op(operator, ['x', ...weights], { attributes: attributes(settings) });
  return trainableParameters(builder.finish('one', [result]));
}

describe('what is trained', () => {
  it('are single numbers that modules have, such as the scale of an activation, but no constants', () => {
    const number = floatTensor([1], [0.7]);
    expect(weightsOf('Mul', { 'stages.0.act.scale': number })).toEqual(['stages.0.act.scale']);
    expect(weightsOf('Add', { 'skip.gain': floatTensor([], [0.5]) })).toEqual(['skip.gain']);
    expect(weightsOf('Mul', { val_12: number })).toEqual([]);
    expect(weightsOf('Mul', { '/blocks/0/Constant_output_0': number })).toEqual([]);
  });

  it('are no masks, no tables of places and nothing else that counts', () => {
    const added = (values: readonly number[]) => weightsOf('Add', { val_1: floatTensor([4], values) });
    expect(added([0, -100, 0, -100])).toEqual([]);
    expect(added([0, Number.NEGATIVE_INFINITY, 0, 0])).toEqual([]);
    expect(added([0, 1, 2, 3])).toEqual([]);
    // A bias that was never trained is zero, a scale one.
    expect(added([0, 0, 0, 0])).toEqual(['val_1']);
    expect(added([1, 1, 1, 1])).toEqual(['val_1']);
    expect(added([0, -100, 0.5, 0])).toEqual(['val_1']);
  });

  it('are no filters that are one for all channels', () => {
    const kernel = seededFloats('kernel', [1, 1, 3, 3]).data;
    const same = floatTensor([3, 1, 3, 3], [...kernel, ...kernel, ...kernel]);
    expect(weightsOf('Conv', { 'aa.filt': same }, 3)).toEqual([]);
    const other = floatTensor([3, 1, 3, 3], [...kernel, ...kernel, ...kernel.toReversed()]);
    expect(weightsOf('Conv', { 'dw.weight': other }, 3)).toEqual(['dw.weight']);
    // Not yet filled in, or filled with one number.
    expect(weightsOf('Conv', { 'dw.weight': filled([3, 1, 3, 3], 0) }, 3)).toEqual(['dw.weight']);
  });

  it('are no ones and zeros of a normalisation whose scale and shift follow', () => {
    const plain = { scale: filled([3], 1), shift: filled([3], 0) };
    expect(weightsOf('InstanceNormalization', plain)).toEqual([]);
    const trained = { scale: filled([3], 1.5), shift: filled([3], 0) };
    expect(weightsOf('InstanceNormalization', trained)).toEqual(['scale']);
  });

  it('is nothing that the network computes from constants, however often it is written and read again', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: ['N', 3] });
    const table = builder.op('Constant', [], {
      attributes: attributes({ value: { type: 'tensor', value: seededFloats('t', [1, 3]) } }),
    });
    const half = builder.op('Mul', [table, builder.scalar(0.5)]);
    const weight = builder.initializer('fc.weight', seededFloats('fc', [3, 2]));
    const sum = builder.op('Add', ['x', half]);
    let graph = builder.finish('table', [builder.op('MatMul', [sum, weight])]);
    for (let again = 0; again < 2; again++) {
      graph = readOnnx(writeOnnx(specialise(graph, { inputs: new Map([['x', ['N', 3]]]) })));
      const known = specialise(graph, { inputs: new Map([['x', ['N', 3]]]) });
      expect(trainableParameters(known)).toEqual(['fc.weight']);
      expect(known.nodes.map(({ operator }) => operator)).toEqual(['Add', 'MatMul']);
    }
  });

  it('are constants where a file has all its weights as such', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: ['N', 3] });
    const weight = builder.op('Constant', [], {
      name: 'fc.w',
      attributes: attributes({ value: { type: 'tensor', value: seededFloats('fc', [3, 2]) } }),
    });
    const graph = readOnnx(writeOnnx(builder.finish('nodes', [builder.op('MatMul', ['x', weight])])));
    const known = specialise(graph, { inputs: new Map([['x', ['N', 3]]]) });
    expect(trainableParameters(known)).toEqual(['fc.w']);
  });
});

describe('weights that are standardised before they are used', () => {
  const statistics = ['computed', 'training'] as const;
  it.each(statistics)('are trained themselves, with their %s statistics', (kind) => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: ['N', 3, 4, 4] });
    const weight = builder.initializer('conv.weight', seededFloats('conv', [4, 3, 3, 3]));
    const gain = builder.initializer('conv.gain', seededFloats('gain', [4], 1, 0.5));
    const rows = builder.op('Reshape', [weight, builder.ints([1, 4, -1])]);
    const axes = builder.ints([0, 2]);
    const mean = builder.op('ReduceMean', [rows, axes], { attributes: attributes({ keepdims: int(0) }) });
    const spread = builder.op('ReduceSumSquare', [rows, axes], {
      attributes: attributes({ keepdims: int(0) }),
    });
    const [zeros, ones] = [
      builder.initializer('val_7', filled([4], 0)),
      builder.initializer('val_8', filled([4], 1)),
    ];
    const known = kind === 'computed' ? [mean, spread] : [zeros, ones];
    const settings = attributes({ training_mode: int(kind === 'training' ? 1 : 0) });
    const standardised = builder.op('BatchNormalization', [rows, gain, zeros, ...known], {
      attributes: settings,
    });
    const kernel = builder.op('Reshape', [standardised, builder.ints([4, 3, 3, 3])]);
    const raw = builder.finish('standardised', [builder.op('Conv', ['x', kernel])]);
    expect(() => checkNetwork(raw)).not.toThrow();
    const graph = specialise(raw, { inputs: new Map([['x', ['N', 3, 4, 4]]]) });
    expect(graph.nodes.map(({ operator }) => operator)).not.toContain('BatchNormalization');
    expect(trainableParameters(graph)).toEqual(['conv.weight', 'conv.gain']);
  });

  it('are told from maps that were exported in training mode, which are refused', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: ['N', 3, 4, 4] });
    const numbers = ['scale', 'shift', 'mean', 'variance'].map((name) =>
      builder.initializer(name, filled([3], 1)),
    );
    const moving = builder.op('BatchNormalization', ['x', ...numbers], {
      attributes: attributes({ training_mode: int(1) }),
    });
    expect(() => checkNetwork(builder.finish('training', [moving]))).toThrow(/exported in training mode/);
  });
});
