import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attributes, float, int, ints, string } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { randomWeights } from '../../../main/trainer/networks/head.ts';
import { createRandom } from '../../../shared/domain/random.ts';

/** Name of the small backbone that trainer tests use. */
export const TINY = 'tiny';

/**
 * Writes a random backbone of three blocks with batch normalisation and its card: everything the real ones have, in 10 kB.
 * `residual`: with a residual branch in its last block.
 */
export async function writeTinyBackbone(folder: string, { residual = false } = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const bytes = writeOnnx(tinyGraph(residual));
  await writeFile(join(folder, `${TINY}.onnx`), bytes);
  const card = {
    name: TINY,
    licence: { weights: 'Apache-2.0' },
    onnx: { file: `${TINY}.onnx`, sha256: createHash('sha256').update(bytes).digest('hex') },
    input: {
      name: 'images',
      size: [32, 32],
      any_size: true,
      mean: [127, 127, 127],
      std: [128, 128, 128],
    },
    network: {
      features_output: 'features',
      feature_count: 24,
      stages: [
        { name: 'stem', output: 'stem.out' },
        { name: 'middle', output: 'middle.out' },
        { name: 'head', output: 'head.out' },
      ],
      multi_level: ['middle', 'head'],
    },
  };
  await writeFile(join(folder, `${TINY}.json`), JSON.stringify(card));
  return folder;
}

function tinyGraph(residual: boolean): Graph {
  const random = createRandom(7);
  const builder = new GraphBuilder();
  builder.input('images', { dtype: 'float32', dims: ['N', 3, 32, 32] });
  const convolution = (x: string, name: string, inputs: number, outputs: number, stride: number) => {
    const weight = builder.initializer(
      `${name}.weight`,
      randomWeights([outputs, inputs, 3, 3], Math.sqrt(2 / (inputs * 9)), random),
    );
    return builder.op('Conv', [x, weight], {
      name: `/${name.replace('.', '/')}/Conv`,
      attributes: attributes({
        kernel_shape: ints([3, 3]),
        strides: ints([stride, stride]),
        auto_pad: string('SAME_UPPER'),
      }),
    });
  };
  const block = (x: string, name: string, inputs: number, outputs: number, stride: number) => {
    const conv = convolution(x, `${name}.conv`, inputs, outputs, stride);
    const channel = (what: string, value: number) =>
      builder.initializer(
        `${name}.bn.${what}`,
        floatTensor([outputs], new Float32Array(outputs).fill(value)),
      );
    const normalised = builder.op(
      'BatchNormalization',
      [conv, channel('weight', 1), channel('bias', 0.1), channel('mean', 0), channel('var', 0.8)],
      { name: `/${name}/bn/BatchNormalization`, attributes: attributes({ epsilon: float(1e-3) }) },
    );
    const activated = builder.op('Relu', [normalised], { name: `/${name}/relu/Relu` });
    if (!residual || name !== 'head') return builder.alias(activated, `${name}.out`);
    const branch = convolution(activated, `${name}.branch`, outputs, outputs, 1);
    return builder.alias(builder.op('Add', [activated, branch], { name: `/${name}/Add` }), `${name}.out`);
  };
  const stem = block('images', 'stem', 3, 8, 2);
  const middle = block(stem, 'middle', 8, 16, 2);
  const head = block(middle, 'head', 16, 24, 1);
  const pooled = builder.op('ReduceMean', [head, builder.ints([2, 3])], {
    name: 'pool',
    attributes: attributes({ keepdims: int(0) }),
  });
  const graph = builder.finish('tiny', [builder.alias(pooled, 'features')]);
  // Built at one size, because automatic padding needs to know it; works at any.
  return { ...graph, inputs: [{ name: 'images', dtype: 'float32', dims: ['N', 3, 'H', 'W'] }] };
}
