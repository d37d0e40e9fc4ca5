import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../main/trainer/autodiff/differentiate.ts';
import { onnxExecutor } from '../../../../main/trainer/executors/onnx/executor.ts';
import type { Executor } from '../../../../main/trainer/executors/types.ts';
import { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Graph, Tensor } from '../../../../main/trainer/graph/types.ts';
import { createRandom } from '../../../../shared/domain/random.ts';
import { type OperatorCase, weightedSum } from '../operators/case.ts';
import { operatorCases } from '../operators/index.ts';
import { drawInputs } from '../operators/values.ts';
import { relativeError } from '../run.ts';

/** Relative difference of outputs and gradients: sums of float32 products in different orders. */
const TOLERANCE = 2e-5;
/** Norms below this are rounding. */
const FLOOR = 1e-2;

/** Every operator that has a derivative, in the settings that differ, has the reference's result and gradients. */
export function describeTable(executor: Executor): void {
  describe('every operator that can be trained through', () => {
    it.each(operatorCases)('$name', async (one) => {
      const { graph, names, wanted } = gradientGraph(one);
      const point = drawInputs(one, names, createRandom(7));
      const expected = await results(onnxExecutor, graph, point, wanted);
      const found = await results(executor, graph, point, wanted);
      for (const name of wanted) {
        expect(found.get(name)!.dims, name).toEqual(expected.get(name)!.dims);
        expect(relativeError(found.get(name), expected.get(name), FLOOR), name).toBeLessThan(TOLERANCE);
      }
    });
  });
}

function gradientGraph(one: OperatorCase) {
  const random = createRandom(3);
  const builder = new GraphBuilder();
  const names = one.inputs.map((dims, index) => builder.input(`in${index}`, { dtype: 'float32', dims }));
  const output = one.write(builder, names);
  const dims = builder.dims(output);
  const factors = Array.from({ length: elementCount(dims) }, () => random.uniform() * 2 - 1);
  const loss = weightedSum(builder, output, floatTensor(dims, factors));
  const { graph, gradients } = differentiate(builder.finish(one.name, [output]), { loss, wrt: names });
  return { graph, names, wanted: [output, ...gradients.values()] };
}

async function results(
  executor: Executor,
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor>,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  const program = await executor.compile(graph, { state: [], threads: 1 });
  try {
    return await program.run(feeds, wanted);
  } finally {
    await program.dispose();
  }
}
