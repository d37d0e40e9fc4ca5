import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { attributes, float, int, ints } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { NetworkError } from '../../../main/trainer/graph/errors.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Attribute, FloatTensor } from '../../../main/trainer/graph/types.ts';
import { createRandom } from '../../../shared/domain/random.ts';

type Case = readonly [
  label: string,
  shapes: readonly (readonly number[])[],
  write: (builder: GraphBuilder, inputs: readonly string[]) => string,
  range?: readonly [number, number],
];

const op =
  (operator: string, settings: Readonly<Record<string, Attribute>> = {}) =>
  (builder: GraphBuilder, inputs: readonly string[]) =>
    builder.op(operator, inputs, { attributes: attributes(settings) });
const withInts =
  (operator: string, ...lists: readonly (readonly number[])[]) =>
  (builder: GraphBuilder, [x]: readonly string[]) =>
    builder.op(operator, [x!, ...lists.map((list) => builder.ints(list))]);

const image = [2, 3, 4, 5] as const;
const cases: readonly Case[] = [
  ['Add, broadcast', [image, [3, 1, 1]], op('Add')],
  ['Add of a scalar', [image, []], op('Add')],
  [
    'Sub, both broadcast',
    [
      [2, 1, 4],
      [3, 1],
    ],
    op('Sub'),
  ],
  ['Mul, broadcast', [image, [1, 3, 1, 1]], op('Mul')],
  ['Mul with itself', [[3, 4]], (builder, [x]) => builder.op('Mul', [x!, x!])],
  ['Div, broadcast', [[3, 4], [4]], op('Div'), [0.5, 2]],
  [
    'Pow',
    [
      [3, 4],
      [3, 4],
    ],
    op('Pow'),
    [0.5, 2],
  ],
  ['Sum of three', [[3, 4], [4], [1, 4]], op('Sum')],
  ['Relu', [image], op('Relu')],
  ['LeakyRelu', [image], op('LeakyRelu', { alpha: float(0.1) })],
  ['Clip', [image], (builder, [x]) => builder.op('Clip', [x!, builder.scalar(-0.4), builder.scalar(0.6)])],
  ['Clip, one-sided', [image], (builder, [x]) => builder.op('Clip', [x!, builder.scalar(-0.2)])],
  ['Sigmoid', [image], op('Sigmoid')],
  ['HardSigmoid', [image], op('HardSigmoid', { alpha: float(0.6), beta: float(0.5) })],
  ['HardSwish', [image], op('HardSwish'), [-4, 4]],
  ['Tanh', [image], op('Tanh')],
  ['Exp', [image], op('Exp')],
  ['Log', [image], op('Log'), [0.5, 2]],
  ['Sqrt', [image], op('Sqrt'), [0.5, 2]],
  ['Neg', [image], op('Neg')],
  ['Abs', [image], op('Abs')],
  ['Reciprocal', [image], op('Reciprocal'), [0.5, 2]],
  ['Softplus', [image], op('Softplus')],
  ['Erf', [image], op('Erf')],
  [
    'Where',
    [[3, 4], [4]],
    (builder, [a, b]) => builder.op('Where', [builder.op('Greater', [a!, b!]), a!, b!]),
  ],
  ['Softmax', [[3, 5]], op('Softmax', { axis: int(-1) })],
  ['Softmax over channels', [image], op('Softmax', { axis: int(1) })],
  ['LogSoftmax', [[3, 5]], op('LogSoftmax', { axis: int(1) })],
  ['ReduceMean, kept', [image], withInts('ReduceMean', [2, 3])],
  ['ReduceSum, all', [image], op('ReduceSum', { keepdims: int(0) })],
  [
    'ReduceSum, dropped',
    [image],
    (builder, [x]) =>
      builder.op('ReduceSum', [x!, builder.ints([-1])], { attributes: attributes({ keepdims: int(0) }) }),
  ],
  ['GlobalAveragePool', [image], op('GlobalAveragePool')],
  ['Reshape', [image], withInts('Reshape', [0, -1])],
  ['Flatten', [image], op('Flatten')],
  ['Transpose', [image], op('Transpose', { perm: ints([0, 2, 3, 1]) })],
  ['Squeeze', [[2, 1, 3]], withInts('Squeeze', [1])],
  ['Unsqueeze', [[2, 3]], withInts('Unsqueeze', [0, 3])],
  ['Expand', [[3, 1]], withInts('Expand', [2, 3, 4])],
  ['Concat', [image, [2, 1, 4, 5]], op('Concat', { axis: int(1) })],
  ['Slice, with a step', [image], withInts('Slice', [1, 0], [4, 3], [3, 2], [2, 1])],
  ['Slice, from the end', [image], withInts('Slice', [-3], [-1], [3])],
  ['Pad', [image], withInts('Pad', [0, 0, 1, 2, 0, 0, 0, 1])],
  [
    'Split, one part unused',
    [[2, 6]],
    (builder, [x]) =>
      builder.ops('Split', [x!, builder.ints([2, 4])], {
        outputs: 2,
        attributes: attributes({ axis: int(1) }),
      })[1]!,
  ],
  ['Gemm', [[3, 4], [4, 5], [5]], op('Gemm', { alpha: float(0.5), beta: float(2) })],
  [
    'Gemm, transposed',
    [
      [4, 3],
      [5, 4],
      [3, 1],
    ],
    op('Gemm', { transA: int(1), transB: int(1) }),
  ],
  [
    'MatMul, batches',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    op('MatMul'),
  ],
  [
    'MatMul, one matrix for all',
    [
      [2, 3, 4],
      [4, 5],
    ],
    op('MatMul'),
  ],
  [
    'MatMul, broadcast batches',
    [
      [2, 1, 3, 4],
      [3, 4, 2],
    ],
    op('MatMul'),
  ],
];

describe('gradients agree with central differences', () => {
  it.each(cases.map((one) => ({ label: one[0], one })))(
    '$label',
    async ({ one: [, shapes, write, range = [-1.5, 1.5]] }) => {
      const random = createRandom(7);
      const draw = (dims: readonly number[], low: number, high: number) =>
        floatTensor(
          dims,
          Float32Array.from({ length: elementCount(dims) }, () => low + (high - low) * random.uniform()),
        );
      const builder = new GraphBuilder();
      const names = shapes.map((dims, index) => builder.input(`in${index}`, { dtype: 'float32', dims }));
      const output = write(builder, names);
      // Half-weighted squares keep the incoming gradient from being constant.
      const weighted = builder.op('Mul', [
        builder.op('Mul', [output, output]),
        builder.constant(draw(builder.dims(output), 0.5, 1.5)),
      ]);
      const loss = builder.op('ReduceSum', [weighted], { attributes: attributes({ keepdims: int(0) }) });
      const { graph, gradients } = differentiate(builder.finish('case', []), { loss, wrt: names });
      const program = await onnxExecutor.compile(graph, { state: [], threads: 1 });
      const point = new Map(names.map((name, index) => [name, draw(shapes[index]!, range[0], range[1])]));
      const results = await program.run(point, [...gradients.values()]);
      const valueAt = async (moved: ReadonlyMap<string, FloatTensor>) =>
        Number((await program.run(moved, [loss])).get(loss)!.data[0]);
      for (const name of names) {
        const gradient = results.get(gradients.get(name)!) as FloatTensor;
        expect(gradient.dims).toEqual(point.get(name)!.dims);
        const direction = draw(gradient.dims, -1, 1);
        const step = 2 ** -7;
        const moved = (sign: number) =>
          new Map(point).set(
            name,
            floatTensor(
              gradient.dims,
              point.get(name)!.data.map((value, at) => value + sign * step * direction.data[at]!),
            ),
          );
        const numeric = ((await valueAt(moved(1))) - (await valueAt(moved(-1)))) / (2 * step);
        const analytic = gradient.data.reduce((sum, value, at) => sum + value * direction.data[at]!, 0);
        const norm = Math.hypot(...gradient.data);
        expect(Math.abs(numeric - analytic), `${name}: ${analytic} against ${numeric}`).toBeLessThan(
          0.02 * norm + 2e-3,
        );
      }
      await program.dispose();
    },
  );
});

describe('what cannot be differentiated', () => {
  it('names operator and node', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2] });
    const floor = builder.op('Floor', ['x'], { name: '/block/Floor' });
    const loss = builder.op('ReduceSum', [floor], { attributes: attributes({ keepdims: int(0) }) });
    const attempt = () => differentiate(builder.finish('g', []), { loss, wrt: ['x'] });
    expect(attempt).toThrow(NetworkError);
    expect(attempt).toThrow(/Floor \("\/block\/Floor"\)/);
  });

  it('refuses a weight the loss does not depend on', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2] });
    builder.input('unused', { dtype: 'float32', dims: [2] });
    const loss = builder.op('ReduceSum', ['x'], { attributes: attributes({ keepdims: int(0) }) });
    expect(() => differentiate(builder.finish('g', []), { loss, wrt: ['unused'] })).toThrow(
      /"unused" does not influence the loss/,
    );
  });

  it('leaves what lies below the lowest trained value alone', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2, 3] });
    const frozen = builder.op('Floor', ['x'], { name: 'frozen' });
    builder.initializer('w', floatTensor([3, 2], [1, 2, 3, 4, 5, 6]));
    const loss = builder.op('ReduceSum', [builder.op('MatMul', [frozen, 'w'])], {
      attributes: attributes({ keepdims: int(0) }),
    });
    const { graph } = differentiate(builder.finish('g', []), { loss, wrt: ['w'] });
    expect(graph.nodes.some((node) => node.name.startsWith('frozen/gradient'))).toBe(false);
  });
});
