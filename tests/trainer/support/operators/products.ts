import { attributes, float, int, ints, string } from '../../../../main/trainer/graph/attributes.ts';
import type { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import type { OperatorCase } from './case.ts';
import { operatorCase as one, op } from './case.ts';

/** softmax(q·kᵀ/√d + bias)·v, as exporters write it. */
function attention(builder: GraphBuilder, [q, k, v, bias]: readonly string[]): string {
  const turned = builder.op('Transpose', [k!], { attributes: attributes({ perm: ints([0, 1, 3, 2]) }) });
  const scores = builder.op('MatMul', [builder.op('Mul', [q!, builder.scalar(0.5)]), turned]);
  const weights = builder.op('Softmax', [builder.op('Add', [scores, bias!])], {
    attributes: attributes({ axis: int(-1) }),
  });
  return builder.op('MatMul', [weights, v!]);
}

/** Matrix products, convolutions and poolings beyond those of the convolution fixtures. */
export const productCases: readonly OperatorCase[] = [
  one('Gemm', [[3, 4], [4, 5], [5]], op('Gemm', { alpha: float(0.5), beta: float(2) })),
  one(
    'Gemm, transposed',
    [
      [4, 3],
      [5, 4],
      [3, 1],
    ],
    op('Gemm', { transA: int(1), transB: int(1) }),
  ),
  one(
    'Gemm, first transposed',
    [
      [4, 3],
      [4, 5],
    ],
    op('Gemm', { transA: int(1) }),
  ),
  one(
    'MatMul',
    [
      [3, 4],
      [4, 5],
    ],
    op('MatMul'),
  ),
  one(
    'MatMul of batches',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    op('MatMul'),
  ),
  one(
    'MatMul of heads',
    [
      [2, 3, 5, 4],
      [2, 3, 4, 5],
    ],
    op('MatMul'),
  ),
  one(
    'MatMul, one matrix for all',
    [
      [2, 3, 4],
      [4, 5],
    ],
    op('MatMul'),
  ),
  one(
    'MatMul, one matrix before all',
    [
      [3, 4],
      [2, 4, 5],
    ],
    op('MatMul'),
  ),
  one(
    'MatMul of broadcast batches',
    [
      [2, 1, 3, 4],
      [3, 4, 2],
    ],
    op('MatMul'),
  ),
  one('MatMul by a vector', [[2, 3, 4], [4]], op('MatMul')),
  one('MatMul of a vector', [[4], [2, 4, 3]], op('MatMul')),
  one('MatMul of vectors', [[4], [4]], op('MatMul')),
  one(
    'Conv in one dimension',
    [[2, 3, 9], [4, 3, 3], [4]],
    op('Conv', { strides: ints([2]), pads: ints([1, 1]) }),
  ),
  one(
    'Conv in one dimension, dilated groups',
    [
      [2, 4, 11],
      [6, 2, 3],
    ],
    op('Conv', { dilations: ints([2]), pads: ints([2, 2]), group: int(2) }),
  ),
  one(
    'Conv in one dimension, depthwise',
    [[1, 4, 8], [4, 1, 5], [4]],
    op('Conv', { pads: ints([2, 2]), group: int(4) }),
  ),
  one(
    'Conv, SAME_LOWER',
    [[2, 3, 8, 7], [4, 3, 3, 3], [4]],
    op('Conv', { strides: ints([2, 2]), auto_pad: string('SAME_LOWER') }),
  ),
  one(
    'Conv, dilated and strided groups',
    [
      [1, 4, 11, 9],
      [4, 2, 3, 3],
    ],
    op('Conv', { strides: ints([2, 1]), dilations: ints([2, 2]), pads: ints([2, 1, 2, 1]), group: int(2) }),
  ),
  one(
    'Conv that leaves a rest',
    [
      [2, 2, 10, 11],
      [3, 2, 2, 2],
    ],
    op('Conv', { strides: ints([3, 4]) }),
  ),
  one('Conv, patches', [[2, 3, 8, 8], [5, 3, 4, 4], [5]], op('Conv', { strides: ints([4, 4]) })),
  one('ConvTranspose', [[2, 3, 4, 5], [3, 2, 2, 2], [2]], op('ConvTranspose', { strides: ints([2, 2]) })),
  one(
    'ConvTranspose, padded',
    [[1, 3, 4, 5], [3, 2, 3, 3], [2]],
    op('ConvTranspose', { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 0]) }),
  ),
  one(
    'ConvTranspose, groups and dilation',
    [[2, 4, 4, 3], [4, 1, 3, 2], [2]],
    op('ConvTranspose', { dilations: ints([2, 1]), strides: ints([1, 2]), group: int(2) }),
  ),
  one(
    'ConvTranspose, depthwise',
    [
      [2, 3, 4, 4],
      [3, 1, 4, 4],
    ],
    op('ConvTranspose', { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), group: int(3) }),
  ),
  one(
    'ConvTranspose in one dimension',
    [[2, 3, 5], [3, 2, 3], [2]],
    op('ConvTranspose', { strides: ints([2]), pads: ints([1, 1]) }),
  ),
  one(
    'AveragePool in one dimension',
    [[2, 3, 9]],
    op('AveragePool', { kernel_shape: ints([3]), strides: ints([2]) }),
  ),
  one(
    'AveragePool, uneven',
    [[2, 3, 7, 8]],
    op('AveragePool', { kernel_shape: ints([3, 2]), strides: ints([2, 2]), pads: ints([1, 0, 1, 0]) }),
  ),
  one('AveragePool of all', [[2, 3, 5, 4]], op('AveragePool', { kernel_shape: ints([5, 4]) })),
  one(
    'MaxPool in one dimension',
    [[2, 3, 9]],
    op('MaxPool', { kernel_shape: ints([3]), strides: ints([2]), pads: ints([1, 1]) }),
    'distinct',
  ),
  one(
    'MaxPool, rounded up',
    [[1, 2, 6, 7]],
    op('MaxPool', { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }),
    'distinct',
  ),
  one(
    'MaxPool, overlapping',
    [[1, 2, 5, 6]],
    op('MaxPool', { kernel_shape: ints([3, 3]), strides: ints([1, 1]), pads: ints([1, 1, 1, 1]) }),
    'distinct',
  ),
  one(
    'MaxPool, dilated',
    [[1, 2, 7, 7]],
    op('MaxPool', { kernel_shape: ints([2, 2]), strides: ints([2, 2]), dilations: ints([2, 2]) }),
    'distinct',
  ),
  one(
    'Attention with a bias',
    [
      [2, 2, 5, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 4],
      [2, 5, 5],
    ],
    attention,
  ),
  one(
    'MaxPool of negative numbers in a frame of zeros',
    [[1, 2, 5, 6]],
    (builder, [x]) => {
      const framed = builder.op('Pad', [
        builder.op('Sub', [x!, builder.scalar(5)]),
        builder.ints([0, 0, 1, 1, 0, 0, 1, 1]),
      ]);
      const settings = { kernel_shape: ints([3, 3]), strides: ints([2, 2]) };
      return builder.op('MaxPool', [framed], { attributes: attributes(settings) });
    },
    'distinct',
  ),
];
