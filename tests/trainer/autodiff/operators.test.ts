import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import type { CompileOptions } from '../../../main/trainer/executors/types.ts';
import { attributes, float, int, ints } from '../../../main/trainer/graph/attributes.ts';
import { writeOutBatchStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { groupNormalization } from '../../../main/trainer/graph/group-normalization.ts';
import { fixture, fixtureInts, fixtureNames, operatorFixtures } from '../support/fixtures.ts';
import { weightedSum } from '../support/operators/case.ts';
import { operatorCases } from '../support/operators/index.ts';
import { tiedCases, writtenOutCases } from '../support/operators/normalization.ts';
import { relativeError, runGraph } from '../support/run.ts';

const layouts = [
  'batch-major',
  'channel-major',
  'position-major',
] as const satisfies readonly CompileOptions['layout'][];

const peerCases = [...operatorCases, ...writtenOutCases, ...tiedCases].filter((one) =>
  operatorFixtures.has(`${one.name}/output`),
);

/** Builds output = write(inputs), loss = Σ output·factors, and compares output and input gradients with PyTorch's. */
async function compare(
  name: string,
  inputs: readonly string[],
  write: (builder: GraphBuilder) => string,
  layout: (typeof layouts)[number],
): Promise<void> {
  const builder = new GraphBuilder();
  for (const input of inputs)
    builder.input(input, { dtype: 'float32', dims: fixture(`${name}/${input}`).dims });
  const output = write(builder);
  const weighted = builder.op('Mul', [output, builder.constant(fixture(`${name}/factors`))]);
  const loss = builder.op('ReduceSum', [weighted], { attributes: attributes({ keepdims: int(0) }) });
  const { graph, gradients } = differentiate(builder.finish(name, [output]), { loss, wrt: inputs });
  const results = await runGraph(
    graph,
    new Map(inputs.map((input) => [input, fixture(`${name}/${input}`)])),
    layout,
  );
  expect(relativeError(results.get(output), fixture(`${name}/output`)), 'output').toBeLessThan(1e-5);
  for (const input of inputs) {
    const error = relativeError(results.get(gradients.get(input)!), fixture(`${name}/${input}.gradient`));
    expect(error, `gradient of ${input}`).toBeLessThan(1e-4);
  }
}

describe.each(layouts)('gradients agree with PyTorch, %s', (layout) => {
  const convolutions = [...new Set(fixtureNames('conv/').map((name) => name.split('/')[0]!))];
  it.each(convolutions)('Conv %s', async (name) => {
    const settings = fixtureInts(`conv/${name}/attributes`);
    await compare(
      `conv/${name}`,
      ['x', 'w', 'b'],
      (builder) =>
        builder.op('Conv', ['x', 'w', 'b'], {
          attributes: attributes({
            strides: ints(settings.slice(0, 2)),
            pads: ints(settings.slice(2, 6)),
            dilations: ints(settings.slice(6, 8)),
            group: int(settings[8]!),
          }),
        }),
      layout,
    );
  });

  it('Conv with automatic padding', async () => {
    await compare(
      'conv/dense-same-upper',
      ['x', 'w', 'b'],
      (builder) =>
        builder.op('Conv', ['x', 'w', 'b'], {
          attributes: attributes({
            strides: ints([2, 2]),
            auto_pad: { type: 'string', value: 'SAME_UPPER' },
          }),
        }),
      layout,
    );
  });

  it.each([
    ['pool/max', 'MaxPool', { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }],
    [
      'pool/average',
      'AveragePool',
      { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
    ],
    [
      'pool/average-padding-counts',
      'AveragePool',
      {
        kernel_shape: ints([2, 3]),
        strides: ints([2, 1]),
        pads: ints([1, 1, 1, 1]),
        count_include_pad: int(1),
      },
    ],
    [
      'pool/average-ceil',
      'AveragePool',
      { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) },
    ],
  ] as const)('%s', async (name, operator, settings) => {
    await compare(
      name,
      ['x'],
      (builder) => builder.op(operator, ['x'], { attributes: attributes(settings) }),
      layout,
    );
  });

  it('BatchNormalization with fixed statistics', async () => {
    await compare(
      'batch-normalization',
      ['x', 'scale', 'shift'],
      (builder) => {
        const mean = builder.constant(fixture('batch-normalization/mean'));
        const variance = builder.constant(fixture('batch-normalization/variance'));
        return builder.op('BatchNormalization', ['x', 'scale', 'shift', mean, variance], {
          attributes: attributes({ epsilon: float(1e-3) }),
        });
      },
      layout,
    );
  });

  it('GroupNormalization', async () => {
    await compare(
      'group-normalization',
      ['x', 'scale', 'shift'],
      (builder) => groupNormalization(builder, 'x', { groups: 3, scale: 'scale', shift: 'shift' }),
      layout,
    );
  });

  it.each(peerCases)('$name', async (one) => {
    const given = (what: string) => operatorFixtures.get(`${one.name}/${what}`)!;
    const builder = new GraphBuilder();
    const names = one.inputs.map((dims, index) => builder.input(`in${index}`, { dtype: 'float32', dims }));
    const output = one.write(builder, names);
    const loss = weightedSum(builder, output, given('factors'));
    const { graph, gradients } = differentiate(builder.finish(one.name, [output]), { loss, wrt: names });
    const runnable = writeOutBatchStatistics(graph);
    const results = await runGraph(runnable, new Map(names.map((name) => [name, given(name)])), layout);
    expect(relativeError(results.get(output), given('output')), 'output').toBeLessThan(1e-5);
    for (const name of names) {
      const error = relativeError(results.get(gradients.get(name)!), given(`${name}.gradient`));
      expect(error, `gradient of ${name}`).toBeLessThan(1e-5);
    }
  });
});

it('every fixture belongs to a case', () => {
  const gradients = [...operatorFixtures.keys()].filter((name) => name.endsWith('/output'));
  const fixtures = new Set(gradients.map((name) => name.slice(0, name.lastIndexOf('/'))));
  expect([...fixtures].sort()).toEqual(peerCases.map((one) => one.name).sort());
});
