import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { transposedSizes, turnKernel } from '../batch-major/convolution.ts';
import { LoweringContext, LoweringRegistry, type Window } from '../batch-major/registry.ts';
import {
  depthwise,
  groupedWeight,
  matrix,
  pointwise,
  product,
  unstrided,
} from '../channel-major/convolution.ts';

/**
 * The alternatives for convolutions and their gradients on feature maps [N, H, W, C]; weights keep ONNX's shape.
 * Depthwise convolutions are written between transpositions that a runtime takes for an order in memory.
 */
export const positionMajorLowerings = new LoweringRegistry();

positionMajorLowerings.register('Conv', [
  { name: 'one product', applies: pointwise, lower: pointwiseOutput },
  { name: 'over all channels', applies: depthwise, lower: depthwiseOutput },
]);
positionMajorLowerings.register('ConvInputGradient', [
  { name: 'one product', applies: pointwise, lower: pointwiseInput },
  {
    name: 'flipped, over all channels',
    applies: (at) => depthwise(at) && unstrided(at.window) && flippedPads(at.window) !== null,
    lower: flippedInput,
  },
  { name: 'ConvTranspose, over all channels', applies: depthwise, lower: transposedInput },
]);
positionMajorLowerings.register('ConvWeightGradient', [
  { name: 'one product', applies: pointwise, lower: pointwiseWeight },
  {
    name: 'convolution by the stacked gradient',
    applies: (at) => depthwise(at) && stackOf(at.window) !== null,
    lower: stackedWeight,
  },
  { name: 'convolution by the gradient, channel-major', applies: depthwise, lower: exchangedWeight },
]);

/** [N, H, W, C] seen as [N·H·W, C]. */
function rows(at: LoweringContext, value: string): string {
  const [channels, ...others] = [...at.dims(value)].reverse();
  return at.reshape(value, [elementCount(others), channels!]);
}

function pointwiseOutput(at: LoweringContext): string {
  const [batch, height, width] = at.dims(at.input(0));
  const bias = at.inputs[2] ? [at.inputs[2]] : [];
  const result = at.emit('Gemm', [rows(at, at.input(0)), matrix(at, at.input(1)), ...bias], {
    transB: int(1),
  });
  return at.reshape(result, [batch!, height!, width!, at.dims(at.input(1))[0]!]);
}

function pointwiseInput(at: LoweringContext): string {
  const [batch, channels, ...plane] = at.window.input;
  const result = at.emit('MatMul', [rows(at, at.input(0)), matrix(at, at.input(1))]);
  return at.reshape(result, [batch!, ...plane, channels!]);
}

function pointwiseWeight(at: LoweringContext): string {
  return at.reshape(product(at, rows(at, at.input(0)), rows(at, at.input(1)), 1, 0), at.window.result);
}

const inOnnxOrder = (at: LoweringContext, value: string) =>
  at.emit('Transpose', [value], { perm: ints([0, 3, 1, 2]) });
const backInOrder = (at: LoweringContext, value: string) =>
  at.emit('Transpose', [value], { perm: ints([0, 2, 3, 1]) });

function depthwiseOutput(at: LoweringContext): string {
  const { kernel, strides, dilations, before, after, group } = at.window;
  const convolved = at.emit('Conv', [inOnnxOrder(at, at.input(0)), at.input(1)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...before, ...after]),
    group: int(group),
  });
  const output = backInOrder(at, convolved);
  return at.inputs[2] ? at.emit('Add', [output, at.inputs[2]]) : output;
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
  const { kernel, dilations, group } = at.window;
  const weights = turnKernel(at, at.input(1));
  const gradient = at.emit('Conv', [inOnnxOrder(at, at.input(0)), weights], {
    kernel_shape: ints(kernel),
    dilations: ints(dilations),
    pads: ints(flippedPads(at.window)!),
    group: int(group),
  });
  return backInOrder(at, gradient);
}

function transposedInput(at: LoweringContext): string {
  const { kernel, strides, dilations, group } = at.window;
  const [, oh, ow] = at.dims(at.input(0)) as [number, number, number, number];
  const gradient = at.emit('ConvTranspose', [inOnnxOrder(at, at.input(0)), at.input(1)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(group),
    ...transposedSizes(at.window, [oh, ow]),
  });
  return backInOrder(at, gradient);
}

/** How images are stacked below one another. */
interface Stack {
  /** Rows of each image with the empty ones below it. */
  readonly period: number;
  readonly pads: readonly [number, number, number, number];
}

/**
 * Kernels do not reach from one image into the next where enough empty rows lie between them. Null where the window has
 * strides (a kernel with gaps is slower than exchanging the axes) or dilations, or the taps would have to be cropped.
 */
function stackOf({ kernel, strides, dilations, before, after, input }: Window): Stack | null {
  const [kh, kw] = kernel as [number, number];
  const [top, left] = before as [number, number];
  const [height, width] = input.slice(2) as [number, number];
  const oh = height + top + after[0]! - kh + 1;
  const ow = width + left + after[1]! - kw + 1;
  const pads = [top, left, kh - 1 - top, kw - width - left + ow - 1] as const;
  const isPlain = [...strides, ...dilations].every((step) => step === 1);
  if (!isPlain || pads.some((pad) => pad < 0)) return null;
  // What lies above an image's first row and below the last row that it needs is empty.
  return { period: Math.max(oh, height + top, oh + kh - 1 - top), pads };
}

/** All images are one high image, convolved by all gradients, stacked alike, as one kernel a channel. */
function stackedWeight(at: LoweringContext): string {
  const { group, result } = at.window;
  const { period, pads } = stackOf(at.window)!;
  const [dy, x] = [at.input(0), at.input(1)];
  const [batch, , width] = at.dims(x) as [number, number, number, number];
  const [, , ow] = at.dims(dy) as [number, number, number, number];
  const rows = batch * period;
  const image = at.reshape(below(at, x, period), [1, rows, width, group]);
  const gradient = at.reshape(below(at, dy, period), [1, rows, ow, group]);
  const kernels = at.emit('Transpose', [gradient], { perm: ints([3, 0, 1, 2]) });
  const taps = at.emit('Conv', [inOnnxOrder(at, image), kernels], {
    kernel_shape: ints([rows, ow]),
    pads: ints(pads),
    group: int(group),
  });
  return at.reshape(taps, result);
}

/** Every image filled up with empty rows to `period` of them. */
function below(at: LoweringContext, value: string, period: number): string {
  const empty = period - at.dims(value)[1]!;
  return empty === 0 ? value : at.emit('Pad', [value, at.builder.ints([0, 0, 0, 0, 0, empty, 0, 0])]);
}

function exchangedWeight(at: LoweringContext): string {
  const exchanged = at.inputs.map((input) => at.emit('Transpose', [input], { perm: ints([3, 0, 1, 2]) }));
  return groupedWeight(new LoweringContext(at.builder, at.node, exchanged));
}
