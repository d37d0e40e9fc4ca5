import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../main/trainer/autodiff/differentiate.ts';
import { onnxExecutor } from '../../../../main/trainer/executors/onnx/executor.ts';
import type { CompileOptions, Executor } from '../../../../main/trainer/executors/types.ts';
import { attributes, int, ints } from '../../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { FloatTensor, Graph, Tensor } from '../../../../main/trainer/graph/types.ts';
import { createRandom } from '../../../../shared/domain/random.ts';
import { fixture, fixtureInts, fixtureNames } from '../fixtures.ts';
import { relativeError } from '../run.ts';

/** An operator in one setting, at one point. */
interface ParityCase {
  readonly name: string;
  readonly feeds: ReadonlyMap<string, FloatTensor>;
  readonly write: (builder: GraphBuilder, inputs: readonly string[]) => string;
}

/** Relative difference of outputs and gradients; both are sums of float32 products in different orders. */
const TOLERANCE = 2e-5;
/** Norms below this are rounding. */
const FLOOR = 1e-2;

const convolutionNames = [...new Set(fixtureNames('conv/').map((name) => name.split('/')[0]!))];
const convolutions: readonly ParityCase[] = convolutionNames.map((name) => ({
  name: `Conv ${name}`,
  feeds: new Map(['x', 'w', 'b'].map((input) => [input, fixture(`conv/${name}/${input}`)])),
  write: (builder, inputs) => {
    const settings = fixtureInts(`conv/${name}/attributes`);
    return builder.op('Conv', inputs, {
      attributes: attributes({
        strides: ints(settings.slice(0, 2)),
        pads: ints(settings.slice(2, 6)),
        dilations: ints(settings.slice(6, 8)),
        group: int(settings[8]!),
      }),
    });
  },
}));

const poolings: readonly ParityCase[] = (['MaxPool', 'AveragePool'] as const).flatMap((operator) =>
  [
    { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
    { kernel_shape: ints([2, 3]), strides: ints([2, 1]), ceil_mode: int(1) },
  ].map((settings, index) => ({
    name: `${operator} ${index + 1}`,
    feeds: new Map([['x', fixture('pool/max/x')]]),
    write: (builder: GraphBuilder, inputs: readonly string[]) =>
      builder.op(operator, inputs, { attributes: attributes(settings) }),
  })),
);

const cases: readonly ParityCase[] = [...convolutions, ...poolings];

/** Output and gradients of Σ output·factors, compared with ONNX Runtime's in the layout that PyTorch has verified. */
export function describeOperators(
  executor: Executor,
  layouts: readonly NonNullable<CompileOptions['layout']>[],
): void {
  describe.each(layouts)('operators and their gradients are the reference’s, %s', (layout) => {
    it.each(cases)('$name', async (one) => {
      const graph = gradientGraph(one);
      const expected = await results(onnxExecutor, graph, one.feeds, 'batch-major');
      const found = await results(executor, graph, one.feeds, layout);
      for (const [name, value] of expected)
        expect(relativeError(found.get(name), value, FLOOR), name).toBeLessThan(TOLERANCE);
    });
  });
}

function gradientGraph({ name, feeds, write }: ParityCase): Graph {
  const random = createRandom(5);
  const builder = new GraphBuilder();
  const inputs = [...feeds].map(([input, { dims }]) => builder.input(input, { dtype: 'float32', dims }));
  const output = builder.alias(write(builder, inputs), 'output');
  const dims = builder.dims(output);
  const factors = Float32Array.from({ length: elementCount(dims) }, () => random.uniform() * 2 - 1);
  const weighted = builder.op('Mul', [output, builder.constant(floatTensor(dims, factors))]);
  const loss = builder.op('ReduceSum', [weighted], { attributes: attributes({ keepdims: int(0) }) });
  return differentiate(builder.finish(name, [output]), { loss, wrt: inputs }).graph;
}

async function results(
  executor: Executor,
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor>,
  layout: NonNullable<CompileOptions['layout']>,
): Promise<ReadonlyMap<string, Tensor>> {
  const program = await executor.compile(graph, { state: [], threads: 1, layout });
  try {
    return await program.run(
      feeds,
      graph.outputs.map((output) => output.name),
    );
  } finally {
    await program.dispose();
  }
}
