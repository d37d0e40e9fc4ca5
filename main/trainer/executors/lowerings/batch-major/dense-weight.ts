import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { LoweringContext } from './registry.ts';
import { convolveByGradient, cropTaps, kernelPositions, padSpatial, sliceAt } from './taps.ts';

/** Weight gradients of dense convolutions in one piece, for machines where that beats a product for each tap. */

const FEW_CHANNELS = 4;

/** One kernel for all channels, in two dimensions. */
export function isDense({ window }: LoweringContext): boolean {
  return window.group === 1 && window.kernel.length === 2;
}

/** A network's first convolution, on the colours of an image (7×7 with stride 2 at 224: 13 ms instead of 50). */
export function hasFewChannels(at: LoweringContext): boolean {
  return isDense(at) && at.window.input[1]! <= FEW_CHANNELS;
}

/** What all taps see, laid one below the other, times the gradient: one product an image, summed over the images. */
export function columnsWeight(at: LoweringContext): string {
  const { kernel, input } = at.window;
  const [batch, outputs, ...plane] = at.dims(at.input(0)) as [number, number, ...number[]];
  const positions = elementCount(plane);
  const padded = padSpatial(at, at.input(1));
  const taps = kernelPositions(kernel).map((offset) => sliceAt(at, padded, offset, plane));
  const seen = taps.length === 1 ? taps[0]! : at.emit('Concat', taps, { axis: int(1) });
  const columns = at.reshape(seen, [batch, taps.length * input[1]!, positions]);
  const gradient = at.reshape(at.input(0), [batch, outputs, positions]);
  const product = at.emit(
    'FusedMatMul',
    [gradient, columns],
    { transA: int(0), transB: int(1) },
    'com.microsoft',
  );
  const summed = at.emit('ReduceSum', [product, at.builder.ints([0])], { keepdims: int(0) });
  return at.emit('Transpose', [at.reshape(summed, [outputs, ...kernel, input[1]!])], {
    perm: ints([0, 3, 1, 2]),
  });
}

/** Channels and images change places: every channel is an image whose channels are the batch, convolved by the gradient. */
export function correlatedWeight(at: LoweringContext): string {
  return correlated(at, swapped(at, at.input(1)), swapped(at, at.input(0)));
}

/** Images [C, N, H, W] convolved by the gradient [O, N, oh, ow]. */
export function correlated(at: LoweringContext, images: string, gradient: string): string {
  const { before, after } = at.window;
  const plane = at.dims(gradient).slice(2);
  const taps = convolveByGradient(at, images, gradient, [...before, ...after], plane, 1);
  return swapped(at, cropTaps(at, taps, 2));
}

function swapped(at: LoweringContext, value: string): string {
  return at.emit('Transpose', [value], { perm: ints([1, 0, 2, 3]) });
}
