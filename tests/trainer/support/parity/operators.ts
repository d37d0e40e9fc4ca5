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
import { operatorCases } from '../operators/index.ts';
import { drawInputs } from '../operators/values.ts';
import { relativeError } from '../run.ts';

/** An operator in one setting, at one point. */
export interface ParityCase {
  readonly name: string;
  readonly feeds: ReadonlyMap<string, FloatTensor>;
  readonly write: (builder: GraphBuilder, inputs: readonly string[]) => string;
}

/** Relative difference of outputs and gradients; both are sums of float32 products in different orders. */
export const TOLERANCE = 2e-5;
/** Norms below this are rounding. */
export const FLOOR = 1e-2;

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

const operators: readonly ParityCase[] = operatorCases.map((one) => ({
  name: one.name,
  feeds: drawInputs(
    one,
    one.inputs.map((_, index) => `in${index}`),
    createRandom(7),
  ),
  write: one.write,
}));

/** Convolutions and poolings: what is written in several forms. */
export const movingCases: readonly ParityCase[] = [
  ...convolutions,
  ...operators.filter(({ name }) => /conv|pool/i.test(name)),
];

/** What ONNX Runtime gives in the layout that PyTorch has verified. */
export function referenceOf(
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor>,
): Promise<ReadonlyMap<string, Tensor>> {
  return results(onnxExecutor, graph, feeds, 'batch-major');
}

/** Output and gradients of Σ output·factors, compared with ONNX Runtime's in the layout that PyTorch has verified. */
export function describeOperators(
  executor: Executor,
  layouts: readonly NonNullable<CompileOptions['layout']>[],
): void {
  describe.each(layouts)('operators and their gradients are the reference’s, %s', (layout) => {
    // Only convolutions bring a graph into another layout.
    it.each(layout === layouts[0] ? [...convolutions, ...operators] : convolutions)('$name', async (one) => {
      const graph = gradientGraph(one);
      const expected = await referenceOf(graph, one.feeds);
      const found = await results(executor, graph, one.feeds, layout);
      for (const [name, value] of expected)
        expect(relativeError(found.get(name), value, FLOOR), name).toBeLessThan(TOLERANCE);
    });
  });
}

export function gradientGraph({ name, feeds, write }: ParityCase): Graph {
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

export async function results(
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
