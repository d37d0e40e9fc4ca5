import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { columnsWeight, correlatedWeight, hasFewChannels, isDense } from './dense-weight.ts';
import type { LoweringContext, LoweringRegistry, Window } from './registry.ts';
import { convolveByGradient, cropTaps, kernelPositions, padSpatial, sliceAt } from './taps.ts';

/** Ways to write the gradients of convolutions in batch-major layout [N, C, H, W]. */
export function registerConvolutionLowerings(registry: LoweringRegistry): void {
  registry.register('ConvInputGradient', [
    { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseInput },
    { name: 'flipped convolution', applies: flippable, lower: flippedInput },
    { name: 'ConvTranspose', applies: () => true, lower: transposedInput },
    { name: 'ConvTranspose, padded evenly', applies: evenlyPadded, lower: evenlyTransposedInput },
  ]);
  registry.register('ConvWeightGradient', [
    { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseWeight },
    { name: 'convolution by the gradient', applies: depthwise, lower: depthwiseWeight },
    { name: 'convolution over the images', applies: hasFewChannels, lower: correlatedWeight },
    { name: 'slices and products', applies: () => true, lower: slicedWeight },
    { name: 'product of columns', applies: isDense, lower: columnsWeight },
  ]);
}

/** 1×1, dense, stride 1, no padding: a matrix product in disguise. */
function pointwise(at: LoweringContext): boolean {
  const { kernel, strides, before, after, group } = at.window;
  return (
    group === 1 &&
    kernel.every((size) => size === 1) &&
    strides.every((step) => step === 1) &&
    [...before, ...after].every((pad) => pad === 0)
  );
}

function pointwiseInput(at: LoweringContext): string {
  const [dy, w] = [at.input(0), at.input(1)];
  const [batch, outputs, ...spatial] = at.dims(dy);
  const flat = at.reshape(dy, [batch!, outputs!, elementCount(spatial)]);
  const weights = at.reshape(w, [outputs!, at.dims(w)[1]!]);
  const product = at.emit(
    'FusedMatMul',
    [weights, flat],
    { transA: int(1), transB: int(0) },
    'com.microsoft',
  );
  return at.reshape(product, at.window.result);
}

function pointwiseWeight(at: LoweringContext): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const flatten = (value: string) => {
    const [batch, channels, ...spatial] = at.dims(value);
    return at.reshape(value, [batch!, channels!, elementCount(spatial)]);
  };
  const perImage = at.emit(
    'FusedMatMul',
    [flatten(dy), flatten(x)],
    { transA: int(0), transB: int(1) },
    'com.microsoft',
  );
  const summed = at.emit('ReduceSum', [perImage, at.builder.ints([0])], { keepdims: int(0) });
  return at.reshape(summed, at.window.result);
}

/** Stride 1 in two dimensions, one channel group or one per channel: the gradient is a convolution by the turned kernel. */
function flippable(at: LoweringContext): boolean {
  const { strides, kernel, group } = at.window;
  const w = at.dims(at.input(1));
  return (
    kernel.length === 2 &&
    strides.every((step) => step === 1) &&
    (group === 1 || (w[1] === 1 && group === w[0]))
  );
}

function flippedInput(at: LoweringContext): string {
  const { kernel, dilations, before, after, group, result } = at.window;
  const [dy, w] = [at.input(0), at.input(1)];
  const turned = turnKernel(at, w);
  const kernels = group === 1 ? at.emit('Transpose', [turned], { perm: ints([1, 0, 2, 3]) }) : turned;
  const pads = inputPads(at.window, at.dims(dy).slice(2));
  if (pads.some((pad) => pad < 0)) return transposedInput(at);
  const gradient = at.emit('Conv', [dy, kernels], {
    kernel_shape: ints(kernel),
    dilations: ints(dilations),
    pads: ints(pads),
    group: int(group),
  });
  return before.length + after.length === 4 ? gradient : at.reshape(gradient, result);
}

/** Padding with which a stride-1 convolution of the gradient gives back the input's size. */
function inputPads(
  { kernel, dilations, before, input }: Window,
  output: readonly number[],
): readonly number[] {
  const head = kernel.map((size, axis) => (size - 1) * dilations[axis]! - before[axis]!);
  const tail = kernel.map(
    (size, axis) => input[axis + 2]! + (size - 1) * dilations[axis]! - output[axis]! - head[axis]!,
  );
  return [...head, ...tail];
}

/** Turns a [.., .., kh, kw] kernel by 180 degrees. */
export function turnKernel(at: LoweringContext, w: string): string {
  const { builder } = at;
  const far = -(2 ** 31);
  return at.emit('Slice', [
    w,
    builder.ints([-1, -1]),
    builder.ints([far, far]),
    builder.ints([2, 3]),
    builder.ints([-1, -1]),
  ]);
}

/** End padding and output padding with which ConvTranspose gives exactly the input's size. */
export function transposedSizes(
  { kernel, strides, dilations, before, input }: Window,
  output: readonly number[],
) {
  const ends: number[] = [];
  const extra: number[] = [];
  for (const [axis, size] of kernel.entries()) {
    const reach = (output[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1 - before[axis]!;
    ends.push(Math.max(reach - input[axis + 2]!, 0));
    extra.push(Math.max(input[axis + 2]! - reach, 0));
  }
  return { pads: ints([...before, ...ends]), output_padding: ints(extra) };
}

function transposedInput(at: LoweringContext): string {
  const { kernel, strides, dilations, group } = at.window;
  const sizes = transposedSizes(at.window, at.dims(at.input(0)).slice(2));
  return at.emit('ConvTranspose', [at.input(0), at.input(1)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(group),
    ...sizes,
  });
}

/** Per axis: how much a transposed convolution that pads both ends alike gives too much at the end, or too little. */
function evenSizes(at: LoweringContext): readonly { readonly excess: number; readonly lacking: number }[] {
  const { kernel, strides, dilations, before, input } = at.window;
  const output = at.dims(at.input(0)).slice(2);
  return kernel.map((size, axis) => {
    const reach =
      (output[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1 - 2 * before[axis]!;
    const over = reach - input[axis + 2]!;
    return { excess: Math.max(over, 0), lacking: Math.max(-over, 0) };
  });
}

/** Where padding is uneven otherwise; what is lacking can be added at the end, as long as it is less than a step. */
function evenlyPadded(at: LoweringContext): boolean {
  const { strides, before } = at.window;
  const sizes = evenSizes(at);
  const isEven = sizes.every(
    ({ excess, lacking }, axis) => Math.max(before[axis]! + excess - lacking, 0) === before[axis],
  );
  return !isEven && sizes.every(({ lacking }, axis) => lacking < strides[axis]!);
}

/** A transposed convolution with the same padding at both ends; what it gives too much is cut off. */
function evenlyTransposedInput(at: LoweringContext): string {
  const { kernel, strides, dilations, before, group, input } = at.window;
  const sizes = evenSizes(at);
  const gradient = at.emit('ConvTranspose', [at.input(0), at.input(1)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(group),
    pads: ints([...before, ...before]),
    output_padding: ints(sizes.map(({ lacking }) => lacking)),
  });
  if (sizes.every(({ excess }) => excess === 0)) return gradient;
  const { builder } = at;
  return at.emit('Slice', [
    gradient,
    builder.ints(kernel.map(() => 0)),
    builder.ints(input.slice(2)),
    builder.ints(kernel.map((_, axis) => axis + 2)),
  ]);
}

function depthwise(at: LoweringContext): boolean {
  const { kernel, group, result } = at.window;
  return kernel.length === 2 && group > 1 && result[0] === group && result[1] === 1;
}

/** Depthwise: every image and channel is a group of one convolution whose kernels are the gradient, dilated by the strides. */
function depthwiseWeight(at: LoweringContext): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const [batch, channels, height, width] = at.dims(x);
  const groups = batch! * channels!;
  const [, , oh, ow] = at.dims(dy);
  const { before, after } = at.window;
  const images = at.reshape(x, [1, groups, height!, width!]);
  const kernels = at.reshape(dy, [groups, 1, oh!, ow!]);
  const taps = convolveByGradient(at, images, kernels, [...before, ...after], [oh!, ow!], groups);
  const [, , th, tw] = at.dims(taps);
  const summed = at.emit(
    'ReduceSum',
    [at.reshape(taps, [batch!, channels!, th!, tw!]), at.builder.ints([0])],
    { keepdims: int(0) },
  );
  return at.reshape(cropTaps(at, summed, 1), at.window.result);
}

/** Any convolution: one strided slice of the padded input per kernel position, each a batched product with the gradient. */
function slicedWeight(at: LoweringContext): string {
  const { kernel, group, result } = at.window;
  const dy = at.input(0);
  const [batch, outputs, ...spatial] = at.dims(dy);
  const channels = at.window.input[1]!;
  const positions = elementCount(spatial);
  const gradients = at.reshape(dy, [batch!, group, outputs! / group, positions]);
  const padded = padSpatial(at, at.input(1));
  const taps = kernelPositions(kernel).map((offset) => {
    const part = at.reshape(sliceAt(at, padded, offset, spatial), [
      batch!,
      group,
      channels / group,
      positions,
    ]);
    const product = at.emit(
      'FusedMatMul',
      [gradients, part],
      { transA: int(0), transB: int(1) },
      'com.microsoft',
    );
    return at.reshape(at.emit('ReduceSum', [product, at.builder.ints([0])], { keepdims: int(0) }), [
      outputs!,
      channels / group,
      1,
    ]);
  });
  return at.reshape(taps.length === 1 ? taps[0]! : at.emit('Concat', taps, { axis: int(2) }), result);
}
