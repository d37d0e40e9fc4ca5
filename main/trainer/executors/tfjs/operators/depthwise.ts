import type { Slot } from '../plan.ts';
import type { Window } from '../windows.ts';
import type { NodeContext } from './context.ts';
import {
  concatenated,
  depthwiseForward,
  evenStrides,
  kernelAttributes,
  product,
  spreadByStride,
  taps,
} from './dense.ts';

/**
 * Gradients of depthwise convolutions over [batch, height, width, channels]; weights are
 * [height, width, channels, multiplier] and results have channels × multiplier channels. No dilation.
 */
export function depthwiseInputGradient(
  at: NodeContext,
  dy: Slot,
  w: Slot,
  window: Window,
  multiplier: number,
): Slot {
  const [batch, channels, height, width] = window.input;
  const shape = [batch, height, width, channels];
  const { operations } = at.device;
  if (operations && evenStrides(window)) {
    const sizes = at.plan.constant({ dtype: 'int32', dims: [4], data: Int32Array.from(shape) });
    return at.plan.step([sizes, w, dy], operations.convolution('DepthwiseConv2dNativeBackpropInput', window));
  }
  if (!operations && at.device.has('DepthwiseConv2dNativeBackpropInput')) {
    const attributes = { ...kernelAttributes(window), inputShape: shape };
    return at.kernel('DepthwiseConv2dNativeBackpropInput', { dy, filter: w }, attributes);
  }
  at.plan.note('ConvInputGradient', 'convolution by the flipped kernel');
  const parts = Array.from({ length: multiplier }, (_, part) => {
    const [gradient, weights] = multiplier === 1 ? [dy, w] : partOf(at, dy, w, window, [part, multiplier]);
    return byFlippedKernel(at, gradient, weights, window);
  });
  return parts.reduce((sum, part) => at.binary('Add', sum, part));
}

/** Every multiplier-th channel of the gradient, and the weights that made it. */
function partOf(
  at: NodeContext,
  dy: Slot,
  w: Slot,
  window: Window,
  [part, multiplier]: readonly [number, number],
): readonly [Slot, Slot] {
  const pixels = window.input[0] * window.output[0] * window.output[1];
  const channels = window.input[1];
  const take = (slot: Slot, rows: number) =>
    at.unary('Slice', at.plan.reshape(slot, [rows, multiplier]), { begin: [0, part], size: [rows, 1] });
  const [kh, kw] = window.kernel;
  return [
    at.plan.reshape(take(dy, pixels * channels), [window.input[0], ...window.output, channels]),
    at.plan.reshape(take(w, kh * kw * channels), [kh, kw, channels, 1]),
  ];
}

/** Spreads the gradient by its stride with zeros, then runs the kernel over it from the other side. */
function byFlippedKernel(at: NodeContext, dy: Slot, w: Slot, window: Window): Slot {
  const [batch, channels, height, width] = window.input;
  const [rows, columns] = window.output;
  const [down, across] = window.strides;
  const spread = spreadByStride(at, dy, [batch, rows, columns, channels], window.strides);
  const flipped = at.unary('Reverse', w, { dims: [0, 1] });
  const [kh, kw] = window.kernel;
  const [top, , left] = window.pads;
  const before = [kh - 1 - top, kw - 1 - left] as const;
  const after = [height - rows * down + top, width - columns * across + left] as const;
  const backwards: Window = {
    ...window,
    strides: [1, 1],
    pads: [Math.max(before[0], 0), Math.max(after[0], 0), Math.max(before[1], 0), Math.max(after[1], 0)],
    input: [batch, channels, rows * down, columns * across],
    output: [height, width],
  };
  const cropped = crop(at, spread, backwards, before, after);
  return depthwiseForward(at, cropped.x, flipped, cropped.window);
}

/** Takes rows and columns away where padding would be negative. */
function crop(
  at: NodeContext,
  x: Slot,
  window: Window,
  before: readonly [number, number],
  after: readonly [number, number],
): { readonly x: Slot; readonly window: Window } {
  const cut = (amount: number) => Math.max(-amount, 0);
  if ([...before, ...after].every((amount) => amount >= 0)) return { x, window };
  const [batch, channels, height, width] = window.input;
  const size = [height - cut(before[0]) - cut(after[0]), width - cut(before[1]) - cut(after[1])] as const;
  const begin = [0, cut(before[0]), cut(before[1]), 0];
  const cropped = at.unary('Slice', x, { begin, size: [batch, ...size, channels] });
  return { x: cropped, window: { ...window, input: [batch, channels, ...size] } };
}

/** The result is [height, width, channels, multiplier]. */
export function depthwiseWeightGradient(
  at: NodeContext,
  dy: Slot,
  x: Slot,
  window: Window,
  multiplier: number,
): Slot {
  const [batch, channels] = window.input;
  const [kh, kw] = window.kernel;
  const filter = [kh, kw, channels, multiplier];
  const { operations } = at.device;
  if (operations && evenStrides(window)) {
    const sizes = at.plan.constant({ dtype: 'int32', dims: [4], data: Int32Array.from(filter) });
    return at.plan.step(
      [x, sizes, dy],
      operations.convolution('DepthwiseConv2dNativeBackpropFilter', window),
    );
  }
  if (!operations && at.device.has('DepthwiseConv2dNativeBackpropFilter')) {
    const attributes = { ...kernelAttributes(window), filterShape: filter };
    return at.kernel('DepthwiseConv2dNativeBackpropFilter', { x, dy }, attributes);
  }
  at.plan.note('ConvWeightGradient', 'sums of products for each tap');
  const pixels = batch * window.output[0] * window.output[1];
  const ones = at.plan.constant({
    dtype: 'float32',
    dims: [1, pixels],
    data: new Float32Array(pixels).fill(1),
  });
  const gradient = at.plan.reshape(dy, [pixels, channels, multiplier]);
  const sums = taps(at, x, window, window.kernel).map((tap) => {
    const products = at.binary('Multiply', at.plan.reshape(tap, [pixels, channels, 1]), gradient);
    // A product with ones adds up rows faster than a reduction over leading axes, which transposes first.
    return product(at, ones, at.plan.reshape(products, [pixels, channels * multiplier]), false, false);
  });
  return at.plan.reshape(concatenated(at, sums, 0), filter);
}
