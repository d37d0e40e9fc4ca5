import { attributes, float, int, ints } from '../../../../main/trainer/graph/attributes.ts';
import type { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { groupNormalization } from '../../../../main/trainer/graph/group-normalization.ts';
import { floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import { standardisedWeights } from '../../../../main/trainer/graph/weight-standardisation.ts';
import type { OperatorCase } from './case.ts';
import { indices, newer, operatorCase as one, op, withInts } from './case.ts';

const image = [2, 3, 4, 5];

function fixedStatistics(builder: GraphBuilder, [x, scale, shift]: readonly string[]): string {
  const mean = builder.constant(floatTensor([3], [0.5, -0.25, 0.125]));
  const variance = builder.constant(floatTensor([3], [0.5, 1.25, 2]));
  return builder.op('BatchNormalization', [x!, scale!, shift!, mean, variance], {
    attributes: attributes({ epsilon: float(1e-3) }),
  });
}

/** A convolution whose weights are standardised and scaled, as import writes it. */
function standardised(builder: GraphBuilder, [x, weight, gain]: readonly string[]): string {
  const [zeros, ones] = [0, 1].map((value) => builder.constant(floatTensor([4], Array(4).fill(value)))) as [
    string,
    string,
  ];
  const kernel = standardisedWeights(builder, {
    name: '/conv/BatchNormalization',
    operator: 'BatchNormalization',
    domain: '',
    inputs: [builder.reshape(weight!, [1, 4, 27]), gain!, zeros, zeros, ones],
    outputs: ['kernel'],
    attributes: attributes({ training_mode: int(1), epsilon: float(1e-3) }),
  });
  return builder.op('Conv', [x!, builder.reshape(kernel, [4, 3, 3, 3])]);
}

/** As a training graph has it after differentiation: written out, since runtimes for inference lack it. */
function batchStatistics(builder: GraphBuilder, [x, scale, shift]: readonly string[]): string {
  const [mean, variance] = [0, 1].map((value) =>
    builder.constant(floatTensor([3], [value, value, value]), 'running'),
  ) as [string, string];
  return builder.op('BatchNormalization', [x!, scale!, shift!, mean, variance], {
    attributes: attributes({ epsilon: float(1e-3), training_mode: int(1) }),
  });
}

/** Normalisations, softmax, reductions and global poolings. */
export const normalizationCases: readonly OperatorCase[] = [
  one('BatchNormalization by fixed statistics', [image, [3], [3]], fixedStatistics),
  one('Conv with standardised weights', [image, [4, 3, 3, 3], [4]], standardised),
  one('LayerNormalization', [[2, 3, 7], [7], [7]], op('LayerNormalization', { epsilon: float(1e-3) })),
  one(
    'LayerNormalization over two axes',
    [
      [2, 3, 4],
      [3, 4],
      [3, 4],
    ],
    op('LayerNormalization', { axis: int(1) }),
  ),
  one('LayerNormalization without shift', [[5, 6], [6]], op('LayerNormalization')),
  one('InstanceNormalization', [image, [3], [3]], op('InstanceNormalization', { epsilon: float(1e-3) })),
  one('InstanceNormalization in one dimension', [[2, 3, 6], [3], [3]], op('InstanceNormalization')),
  one('GroupNormalization', [[2, 6, 3, 4], [6], [6]], (builder, [x, scale, shift]) =>
    groupNormalization(builder, x!, { groups: 3, scale: scale!, shift: shift! }),
  ),
  one('LpNormalization', [image], newer('LpNormalization', 18, { axis: int(1) })),
  one('LpNormalization of absolute values', [[3, 5]], newer('LpNormalization', 18, { p: int(1) })),
  one('LRN', [[2, 7, 3, 2]], newer('LRN', 18, { size: int(5), alpha: float(0.5), bias: float(2) })),
  one(
    'LRN of an even size',
    [[1, 5, 2, 2]],
    newer('LRN', 18, { size: int(2), alpha: float(0.3), beta: float(0.5) }),
  ),
  one('CumSum', [image], (builder, [x]) => builder.op('CumSum', [x!, indices(builder, [], [1])])),
  one('CumSum from the end, exclusive', [[2, 3, 5]], (builder, [x]) =>
    builder.op('CumSum', [x!, indices(builder, [], [-1])], {
      attributes: attributes({ exclusive: int(1), reverse: int(1) }),
    }),
  ),
  one('Softmax', [[3, 5]], op('Softmax', { axis: int(-1) })),
  one('Softmax over channels', [image], op('Softmax', { axis: int(1) })),
  one('LogSoftmax', [[3, 5]], op('LogSoftmax', { axis: int(1) })),
  one('ReduceMean, kept', [image], withInts('ReduceMean', [[2, 3]])),
  one('ReduceMean, dropped', [image], withInts('ReduceMean', [[-2, -1]], { keepdims: int(0) })),
  one('ReduceSum, all', [image], op('ReduceSum', { keepdims: int(0) })),
  one('ReduceSum, dropped', [image], withInts('ReduceSum', [[-1]], { keepdims: int(0) })),
  one('ReduceMax', [image], withInts('ReduceMax', [[2, 3]], { keepdims: int(0) }), 'distinct'),
  one('ReduceMax, kept', [image], withInts('ReduceMax', [[1]]), 'distinct'),
  one('ReduceMin', [image], withInts('ReduceMin', [[0, -1]], { keepdims: int(0) }), 'distinct'),
  one('ReduceL1', [image], withInts('ReduceL1', [[1]])),
  one('ReduceL2', [image], withInts('ReduceL2', [[1]])),
  one('ReduceL2, dropped', [[3, 5]], withInts('ReduceL2', [[-1]], { keepdims: int(0) })),
  one('ReduceSumSquare', [image], withInts('ReduceSumSquare', [[2, 3]], { keepdims: int(0) })),
  one('ReduceLogSumExp', [image], withInts('ReduceLogSumExp', [[1]], { keepdims: int(0) })),
  one('GlobalAveragePool', [image], op('GlobalAveragePool')),
  one('GlobalMaxPool', [image], op('GlobalMaxPool'), 'distinct'),
];

/** Where elements tie, differences say nothing: these are compared with PyTorch alone. */
export const tiedCases: readonly OperatorCase[] = [
  one(
    'Max of two, tied',
    [
      [4, 6],
      [4, 6],
    ],
    op('Max'),
  ),
  one('ReduceMax, tied', [[4, 6]], withInts('ReduceMax', [[1]], { keepdims: int(0) })),
  one(
    'MaxPool, tied',
    [[1, 2, 5, 6]],
    op('MaxPool', { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
  ),
  one('ReduceL2 of zeros', [[3, 4]], withInts('ReduceL2', [[1]], { keepdims: int(0) })),
];

/** What a training graph writes out after differentiation, so that no executor meets it; tried in that form. */
export const writtenOutCases: readonly OperatorCase[] = [
  one("BatchNormalization by the batch's statistics", [image, [3], [3]], batchStatistics),
];
