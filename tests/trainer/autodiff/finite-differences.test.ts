import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { writeOutBatchStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor } from '../../../main/trainer/graph/types.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { weightedSum } from '../support/operators/case.ts';
import { operatorCases } from '../support/operators/index.ts';
import { writtenOutCases } from '../support/operators/normalization.ts';
import { drawInputs } from '../support/operators/values.ts';

/** Step of the differences: a quarter of the distance that `drawInputs` keeps from kinks, and exact in float32. */
const STEP = 2 ** -6;
/** Points and weights of a central difference of fourth order; its error is STEP⁴/30 of the fifth derivative, below 1e-8. */
const STENCIL = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const;
/** Of the gradient's norm: the outputs are rounded to 6e-8 of their size, which the division by STEP makes 4e-6. */
const TOLERANCE = 1e-4;
/** Gradients of this size and below are indistinguishable from zero by differences. */
const FLOOR = 0.05;

describe('gradients agree with central differences', () => {
  it.each([...operatorCases, ...writtenOutCases])('$name', async (one) => {
    const random = createRandom(7);
    const builder = new GraphBuilder();
    const names = one.inputs.map((dims, index) => builder.input(`in${index}`, { dtype: 'float32', dims }));
    const output = one.write(builder, names);
    const factors = floatTensor(
      builder.dims(output),
      Array.from({ length: elementCount(builder.dims(output)) }, () => random.uniform() * 2 - 1),
    );
    const loss = weightedSum(builder, output, factors);
    const { graph, gradients } = differentiate(builder.finish(one.name, [output]), { loss, wrt: names });
    const program = await onnxExecutor.compile(writeOutBatchStatistics(graph), { state: [], threads: 1 });
    const point = drawInputs(one, names, random);
    const results = await program.run(point, [...gradients.values()]);
    const valueAt = async (name: string, direction: FloatTensor, steps: number) => {
      const moved = point.get(name)!.data.map((value, at) => value + steps * STEP * direction.data[at]!);
      const feeds = new Map(point).set(name, floatTensor(direction.dims, moved));
      const values = (await program.run(feeds, [output])).get(output) as FloatTensor;
      return inner(values, factors);
    };
    for (const name of names) {
      const gradient = results.get(gradients.get(name)!) as FloatTensor;
      const { dims } = point.get(name)!;
      expect(gradient.dims, name).toEqual(dims);
      const direction = floatTensor(
        dims,
        Array.from({ length: elementCount(dims) }, () => (random.uniform() < 0.5 ? -1 : 1)),
      );
      let numeric = 0;
      for (const [steps, weight] of STENCIL)
        numeric += (weight * (await valueAt(name, direction, steps))) / STEP;
      const analytic = inner(gradient, direction);
      const allowed = TOLERANCE * (Math.hypot(...gradient.data) + FLOOR);
      expect(Math.abs(numeric - analytic), `${name}: ${analytic} against ${numeric}`).toBeLessThan(allowed);
    }
    await program.dispose();
  });
});

/** Σ aᵢ·bᵢ in double precision. */
function inner(a: FloatTensor, b: FloatTensor): number {
  return a.data.reduce((sum, value, at) => sum + value * b.data[at]!, 0);
}
