import { expect, test } from 'vitest';
import { attributes, int, ints } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { trainableParameters } from '../../../main/trainer/networks/parameters.ts';
import { surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';

/** A network of interleaved pixels that are scaled by its own means and deviations, as Keras writes it. */
function scalingNetwork() {
  const builder = new GraphBuilder();
  const weight = (name: string, dims: readonly number[]) =>
    builder.initializer(name, seededFloats(name, dims, 0.5, 0.25));
  builder.input('images', { dtype: 'float32', dims: ['N', 8, 8, 3] });
  const centred = builder.op('Add', ['images', weight('normalization/Sub', [1, 1, 1, 3])]);
  const scaled = builder.op('Mul', [centred, weight('normalization/truediv', [1, 1, 1, 3])]);
  const planes = builder.op('Transpose', [scaled], { attributes: attributes({ perm: ints([0, 3, 1, 2]) }) });
  const map = builder.op('Conv', [planes, weight('stem', [4, 3, 3, 3])]);
  const shifted = builder.op('Add', [
    builder.op('Mul', [map, weight('scale', [1, 4, 1, 1])]),
    weight('shift', [1, 4, 1, 1]),
  ]);
  const pooled = builder.op('ReduceMean', [builder.op('Relu', [shifted]), builder.ints([2, 3])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  return builder.finish('scaling', [builder.op('Gemm', [pooled, weight('classes', [4, 2])])]);
}

test('means and deviations that a network applies to its image itself are no weights, and stay so', async () => {
  const network = scalingNetwork();
  const { graph, input, stages } = surveyNetwork(network, { order: 'rgb', size: null, features: null });
  const again = specialise(readOnnx(writeOnnx(graph)), { inputs: new Map([[input, [2, 3, 8, 8]]]) });
  expect(trainableParameters(again)).toEqual(['stem', 'scale', 'shift', 'classes']);
  expect(stages).toHaveLength(1);
  const images = seededFloats('images', [2, 8, 8, 3]);
  const planes = new GraphBuilder();
  planes.input('images', { dtype: 'float32', dims: images.dims });
  const turned = planes.op('Transpose', ['images'], { attributes: attributes({ perm: ints([0, 3, 1, 2]) }) });
  const fed = (await runGraph(planes.finish('planes', [turned]), { images })).get(turned)!;
  const before = await runGraph(specialise(network, { inputs: new Map([['images', images.dims]]) }), {
    images,
  });
  const after = await runGraph(again, { [input]: fed });
  expect(maxDifference([...after.values()][0], [...before.values()][0])).toBeLessThan(1e-6);
});
