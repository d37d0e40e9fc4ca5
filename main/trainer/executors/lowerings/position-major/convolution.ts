import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { transposedSizes, turnKernel } from '../batch-major/convolution.ts';
import { type LoweringContext, LoweringRegistry, type Window } from '../batch-major/registry.ts';
import { convolveByGradient, cropTaps } from '../batch-major/taps.ts';
import { hasFewColumns } from '../channel-major/columns.ts';
import { depthwise, matrix, pointwise, product, unstrided } from '../channel-major/convolution.ts';
import { columnsOutput, columnsWeight, turnedOver } from './columns.ts';

/**
 * The alternatives for convolutions and their gradients on feature maps [H, W, N, C]; weights keep ONNX's shape.
 * Depthwise convolutions see all images as one of N·C channels, which lie next to one another at every position.
 */
export const positionMajorLowerings = new LoweringRegistry();

positionMajorLowerings.register('Conv', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseOutput },
  { name: 'grouped by image and channel', applies: depthwise, lower: groupedOutput },
  { name: 'product of columns', applies: hasFewColumns, lower: (at) => biased(at, columnsOutput(at)) },
]);
positionMajorLowerings.register('ConvInputGradient', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseInput },
  {
    name: 'flipped, grouped by image and channel',
    applies: (at) => depthwise(at) && unstrided(at.window) && flippedPads(at.window) !== null,
    lower: flippedInput,
  },
  { name: 'ConvTranspose, grouped by image and channel', applies: depthwise, lower: transposedInput },
]);
positionMajorLowerings.register('ConvWeightGradient', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseWeight },
  { name: 'convolution by the gradient', applies: depthwise, lower: groupedWeight },
  { name: 'product of columns', applies: hasFewColumns, lower: columnsWeight },
]);

/** [H, W, N, C] seen as [H·W·N, C]. */
function rows(at: LoweringContext, value: string): string {
  const [channels, ...others] = [...at.dims(value)].reverse();
  return at.reshape(value, [elementCount(others), channels!]);
}

/** The bias added to the feature map itself: a runtime computes it and the activation that follows in one pass. */
function biased(at: LoweringContext, map: string): string {
  return at.inputs[2] ? at.emit('Add', [map, at.inputs[2]]) : map;
}

function pointwiseOutput(at: LoweringContext): string {
  const [height, width, batch] = at.dims(at.input(0));
  const weights = at.emit('Transpose', [matrix(at, at.input(1))], { perm: ints([1, 0]) });
  const result = at.emit('MatMul', [rows(at, at.input(0)), weights]);
  return biased(at, at.reshape(result, [height!, width!, batch!, at.dims(at.input(1))[0]!]));
}

function pointwiseInput(at: LoweringContext): string {
  const [batch, channels, ...plane] = at.window.input;
  const result = at.emit('MatMul', [rows(at, at.input(0)), matrix(at, at.input(1))]);
  return at.reshape(result, [...plane, batch!, channels!]);
}

function pointwiseWeight(at: LoweringContext): string {
  const [dy, x] = [rows(at, at.input(0)), rows(at, at.input(1))];
  const [outputs, inputs] = at.window.result as [number, number, ...number[]];
  // The narrower of the two is the one that is turned to be the product's first.
  if (outputs <= inputs) return at.reshape(product(at, dy, x, 1, 0), at.window.result);
  const turned = at.emit('Transpose', [product(at, x, dy, 1, 0)], { perm: ints([1, 0]) });
  return at.reshape(turned, at.window.result);
}

/** [H, W, N, C] as one image [1, N·C, H, W], by a transposition that a runtime takes for an order in memory. */
function oneImage(at: LoweringContext, value: string): string {
  const [height, width, batch, channels] = at.dims(value) as [number, number, number, number];
  const image = at.reshape(value, [1, height, width, batch * channels]);
  return at.emit('Transpose', [image], { perm: ints([0, 3, 1, 2]) });
}

/** One image [1, N·C, H, W] as a feature map again. */
function backInOrder(at: LoweringContext, image: string, batch: number): string {
  const [, groups, ...plane] = at.dims(image) as [number, number, ...number[]];
  const turned = at.emit('Transpose', [image], { perm: ints([0, 2, 3, 1]) });
  return at.reshape(turned, [...plane, batch, groups / batch]);
}

/** Repeats the kernels for every image of the batch: [C, 1, kh, kw] to [N·C, 1, kh, kw]. */
function perImage(at: LoweringContext, w: string, batch: number): string {
  const [channels, , ...kernel] = at.dims(w);
  const taps = channels! * elementCount(kernel);
  const repeated = at.emit('Expand', [at.reshape(w, [1, taps]), at.builder.ints([batch, taps])]);
  return at.reshape(repeated, [batch * channels!, 1, ...kernel]);
}

function groupedOutput(at: LoweringContext): string {
  const { kernel, strides, dilations, before, after, group, input } = at.window;
  const batch = input[0]!;
  const convolved = at.emit('Conv', [oneImage(at, at.input(0)), perImage(at, at.input(1), batch)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...before, ...after]),
    group: int(batch * group),
  });
  return biased(at, backInOrder(at, convolved, batch));
}

/** Paddings with which the gradient is convolved by turned kernels; null where one would be negative. */
function flippedPads({ kernel, dilations, before, after }: Window): readonly number[] | null {
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
  const pads = [
    ...reach.map((length, axis) => length - before[axis]!),
    ...reach.map((length, axis) => length - after[axis]!),
  ];
  return pads.every((pad) => pad >= 0) ? pads : null;
}

/** Stride 1: the gradient convolved with the kernels turned by 180 degrees. */
function flippedInput(at: LoweringContext): string {
  const { kernel, dilations, group, input } = at.window;
  const batch = input[0]!;
  const kernels = perImage(at, turnKernel(at, at.input(1)), batch);
  const gradient = at.emit('Conv', [oneImage(at, at.input(0)), kernels], {
    kernel_shape: ints(kernel),
    dilations: ints(dilations),
    pads: ints(flippedPads(at.window)!),
    group: int(batch * group),
  });
  return backInOrder(at, gradient, batch);
}

function transposedInput(at: LoweringContext): string {
  const { kernel, strides, dilations, group, input } = at.window;
  const [oh, ow, batch] = at.dims(at.input(0)) as [number, number, number, number];
  const kernels = perImage(at, at.input(1), batch);
  const gradient = at.emit('ConvTranspose', [oneImage(at, at.input(0)), kernels], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(input[0]! * group),
    ...transposedSizes(at.window, [oh, ow]),
  });
  // Unlike those of Conv, its results come in ONNX's order.
  const [, groups, ...plane] = at.dims(gradient) as [number, number, ...number[]];
  const turned = turnedOver(at, gradient, groups, elementCount(plane));
  return at.reshape(turned, [...plane, batch, groups / batch]);
}

/** Every image's gradient is a kernel of its own; the taps of all images are summed. */
function groupedWeight(at: LoweringContext): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const [oh, ow, batch, channels] = at.dims(dy) as [number, number, number, number];
  const groups = batch * channels;
  const { before, after, result } = at.window;
  const kernels = at.reshape(turnedOver(at, dy, oh * ow, groups), [groups, 1, oh, ow]);
  const taps = convolveByGradient(at, oneImage(at, x), kernels, [...before, ...after], [oh, ow], groups);
  const [, , th, tw] = at.dims(taps) as [number, number, number, number];
  const summed = at.emit('ReduceSum', [at.reshape(taps, [batch, channels, th, tw]), at.builder.ints([0])], {
    keepdims: int(0),
  });
  return at.reshape(cropTaps(at, summed, 1), result);
}
