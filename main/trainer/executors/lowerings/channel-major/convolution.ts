import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { transposedSizes, turnKernel } from '../batch-major/convolution.ts';
import { correlated, hasFewChannels } from '../batch-major/dense-weight.ts';
import { type LoweringContext, LoweringRegistry, type Window } from '../batch-major/registry.ts';
import { convolveByGradient, cropTaps } from '../batch-major/taps.ts';
import { bandedInput, bandedOutput, bandedWeight, fitsBands } from './banded.ts';
import { columnsOutput, columnsWeight, hasFewColumns } from './columns.ts';

/**
 * The alternatives for convolutions and their gradients on feature maps [C, N, H, W]; weights keep ONNX's shape.
 * Thresholds are sizes at which one form overtook the other on two cores with AVX-512.
 */
export const channelMajorLowerings = new LoweringRegistry();

/** Rows up to this width are multiplied as bands in forward and input gradient (5×5 at 14: 13 ms against 19; at 28: 27 against 20). */
const BANDED_WIDTH = 14;
/** The weight gradient gains from bands up to a larger width (28: 26 ms against 37; 56: 68 against 88; with stride 2 never). */
const BANDED_WEIGHT_WIDTH = 56;

channelMajorLowerings.register('Conv', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseOutput },
  { name: 'banded product', applies: banded, usual: narrow(BANDED_WIDTH), lower: bandedOutput },
  { name: 'grouped by image and channel', applies: depthwise, lower: groupedOutput },
  { name: 'product of columns', applies: hasFewColumns, lower: columnsOutput },
]);
channelMajorLowerings.register('ConvInputGradient', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseInput },
  { name: 'banded product', applies: banded, usual: narrow(BANDED_WIDTH), lower: bandedInput },
  {
    name: 'flipped, grouped by image and channel',
    applies: (at) => depthwise(at) && unstrided(at.window),
    lower: flippedInput,
  },
  { name: 'ConvTranspose, grouped by image and channel', applies: depthwise, lower: transposedInput },
]);
channelMajorLowerings.register('ConvWeightGradient', [
  { name: 'one product', applies: pointwise, isCertain: true, lower: pointwiseWeight },
  { name: 'banded product', applies: banded, usual: narrow(BANDED_WEIGHT_WIDTH), lower: bandedWeight },
  { name: 'convolution by the gradient', applies: depthwise, lower: groupedWeight },
  { name: 'product of columns', applies: hasFewColumns, lower: columnsWeight },
  {
    name: 'convolution over the images',
    applies: hasFewChannels,
    // Every channel is an image already, of as many channels as there are images.
    lower: (at) => correlated(at, at.input(1), at.input(0)),
  },
]);

export function pointwise(at: LoweringContext): boolean {
  const { kernel, strides, before, after, group } = at.window;
  const trivial = (sizes: readonly number[], size: number) => sizes.every((value) => value === size);
  return group === 1 && trivial(kernel, 1) && trivial(strides, 1) && trivial([...before, ...after], 0);
}

export function unstrided({ strides }: Window): boolean {
  return strides.every((step) => step === 1);
}

/** One kernel per channel, in two dimensions, no multiplier. */
export function depthwise(at: LoweringContext): boolean {
  const { kernel, group, input } = at.window;
  const outputs =
    at.node.operator === 'Conv'
      ? at.window.result[1]
      : at.node.operator === 'ConvWeightGradient'
        ? at.window.result[0]
        : weightOutputs(at);
  return kernel.length === 2 && group > 1 && group === input[1] && outputs === group;
}

function weightOutputs(at: LoweringContext): number | undefined {
  return at.dims(at.input(1))[0];
}

/** Bands of wider maps are mostly zeros. */
const WIDEST_BANDED = 112;

function banded(at: LoweringContext): boolean {
  return depthwise(at) && unstrided(at.window) && fitsBands(at.window) && narrow(WIDEST_BANDED)(at);
}

function narrow(width: number): (at: LoweringContext) => boolean {
  return ({ window }) => window.input[3]! <= width;
}

/** [C, N, H, W] seen as [C, N·H·W]. */
function rows(at: LoweringContext, value: string): string {
  const [channels, ...others] = at.dims(value);
  return at.reshape(value, [channels!, elementCount(others)]);
}

export function matrix(at: LoweringContext, w: string): string {
  const [outputs, inputs] = at.dims(w);
  return at.reshape(w, [outputs!, inputs!]);
}

export function product(at: LoweringContext, a: string, b: string, transA: number, transB: number): string {
  return at.emit('FusedMatMul', [a, b], { transA: int(transA), transB: int(transB) }, 'com.microsoft');
}

function pointwiseOutput(at: LoweringContext): string {
  const [, batch, height, width] = at.dims(at.input(0));
  const outputs = at.dims(at.input(1))[0]!;
  const bias = at.inputs[2] ? [at.reshape(at.inputs[2], [outputs, 1])] : [];
  const result = at.emit('Gemm', [matrix(at, at.input(1)), rows(at, at.input(0)), ...bias]);
  return at.reshape(result, [outputs, batch!, height!, width!]);
}

function pointwiseInput(at: LoweringContext): string {
  const [, batch, height, width] = at.dims(at.input(0));
  const result = product(at, matrix(at, at.input(1)), rows(at, at.input(0)), 1, 0);
  return at.reshape(result, [at.window.input[1]!, batch!, height!, width!]);
}

function pointwiseWeight(at: LoweringContext): string {
  return at.reshape(product(at, rows(at, at.input(0)), rows(at, at.input(1)), 0, 1), at.window.result);
}

/** Repeats a kernel for every image of the batch: [C, 1, kh, kw] to [C·N, 1, kh, kw]. */
function perImage(at: LoweringContext, w: string, batch: number): string {
  const [channels, , ...kernel] = at.dims(w);
  const taps = elementCount(kernel);
  const repeated = at.emit('Expand', [
    at.reshape(w, [channels!, 1, taps]),
    at.builder.ints([channels!, batch, taps]),
  ]);
  return at.reshape(repeated, [channels! * batch, 1, ...kernel]);
}

/** [C, N, H, W] seen as one image of C·N channels. */
function oneImage(at: LoweringContext, value: string): string {
  const [channels, batch, ...plane] = at.dims(value);
  return at.reshape(value, [1, channels! * batch!, ...plane]);
}

function groupedOutput(at: LoweringContext): string {
  const { kernel, strides, dilations, before, after, result } = at.window;
  const [channels, batch] = at.dims(at.input(0)) as [number, number];
  const bias = at.inputs[2]
    ? [
        at.reshape(
          at.emit('Expand', [at.reshape(at.inputs[2], [channels, 1]), at.builder.ints([channels, batch])]),
          [channels * batch],
        ),
      ]
    : [];
  const output = at.emit('Conv', [oneImage(at, at.input(0)), perImage(at, at.input(1), batch), ...bias], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...before, ...after]),
    group: int(channels * batch),
  });
  return at.reshape(output, [channels, batch, ...result.slice(2)]);
}

/** Stride 1: the gradient convolved with the kernels turned by 180 degrees. */
function flippedInput(at: LoweringContext): string {
  const { kernel, dilations, before, input } = at.window;
  const [channels, batch, ...output] = at.dims(at.input(0)) as [number, number, number, number];
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
  const head = reach.map((length, axis) => length - before[axis]!);
  const tail = reach.map((length, axis) => input[axis + 2]! + length - output[axis]! - head[axis]!);
  if ([...head, ...tail].some((pad) => pad < 0)) return transposedInput(at);
  const gradient = at.emit(
    'Conv',
    [oneImage(at, at.input(0)), perImage(at, turnKernel(at, at.input(1)), batch)],
    {
      kernel_shape: ints(kernel),
      dilations: ints(dilations),
      pads: ints([...head, ...tail]),
      group: int(channels * batch),
    },
  );
  return at.reshape(gradient, [channels, batch, ...input.slice(2)]);
}

function transposedInput(at: LoweringContext): string {
  const { kernel, strides, dilations, input } = at.window;
  const [channels, batch, ...output] = at.dims(at.input(0)) as [number, number, number, number];
  const gradient = at.emit('ConvTranspose', [oneImage(at, at.input(0)), perImage(at, at.input(1), batch)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(channels * batch),
    ...transposedSizes(at.window, output),
  });
  return at.reshape(gradient, [channels, batch, ...input.slice(2)]);
}

export function groupedWeight(at: LoweringContext): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const [channels, batch, oh, ow] = at.dims(dy) as [number, number, number, number];
  const groups = channels * batch;
  const { before, after, result } = at.window;
  const kernels = at.reshape(dy, [groups, 1, oh, ow]);
  const taps = convolveByGradient(at, oneImage(at, x), kernels, [...before, ...after], [oh, ow], groups);
  const [, , th, tw] = at.dims(taps) as [number, number, number, number];
  const summed = at.emit('ReduceSum', [at.reshape(taps, [channels, batch, th, tw]), at.builder.ints([1])], {
    keepdims: int(0),
  });
  return at.reshape(cropTaps(at, summed, 1), result);
}
