import type { Slot } from '../plan.ts';
import { reachOf, unpadded, type Window } from '../windows.ts';
import type { NodeContext } from './context.ts';

/**
 * Convolutions and their gradients over [batch, height, width, channels], one group, no dilation (the callers split
 * groups and fill the holes of dilated kernels with zeros). Weights are [height, width, inputs, outputs].
 */

/** Settings of TensorFlow.js's convolution kernels. */
export function kernelAttributes({ strides, pads, dilations }: Window): object {
  const [top, bottom, left, right] = pads;
  return {
    strides: [...strides],
    pad: unpadded(pads)
      ? 'valid'
      : [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ],
    dataFormat: 'NHWC',
    dilations: [...dilations],
    dimRoundingMode: 'floor',
  };
}

/** A convolution by a window of one pixel, which is a matrix product over all pixels. */
const isProduct = ({ kernel, strides, pads }: Window): boolean =>
  kernel[0] === 1 && kernel[1] === 1 && strides[0] === 1 && strides[1] === 1 && unpadded(pads);

/** What may be done to a convolution's result in the same pass. */
export interface Epilogue {
  readonly bias?: Slot;
  readonly activation?: 'relu' | 'relu6';
}

export function denseForward(
  at: NodeContext,
  x: Slot,
  w: Slot,
  window: Window,
  epilogue: Epilogue = {},
): Slot {
  return forward(at, x, w, window, epilogue, ['Conv2D', 'FusedConv2D']);
}

export function depthwiseForward(
  at: NodeContext,
  x: Slot,
  w: Slot,
  window: Window,
  epilogue: Epilogue = {},
): Slot {
  if (at.device.operations && !evenStrides(window)) return thinned(at, x, w, window, epilogue);
  return forward(at, x, w, window, epilogue, ['DepthwiseConv2dNative', 'FusedDepthwiseConv2D']);
}

/** TensorFlow's depthwise kernels move as far down as across. */
export const evenStrides = ({ strides }: Window): boolean => strides[0] === strides[1];

/** Every so many rows and columns of the convolution that moves pixel by pixel. */
function thinned(at: NodeContext, x: Slot, w: Slot, window: Window, epilogue: Epilogue): Slot {
  const [, , height, width] = window.input;
  const [top, bottom, left, right] = window.pads;
  const output = [
    height + top + bottom - window.kernel[0] + 1,
    width + left + right - window.kernel[1] + 1,
  ] as const;
  const whole = depthwiseForward(at, x, w, { ...window, strides: [1, 1], output }, epilogue);
  return at.unary('StridedSlice', whole, {
    begin: [0, 0, 0, 0],
    end: [0, ...output, 0],
    strides: [1, ...window.strides, 1],
    beginMask: 0,
    // All of the first and the last axis.
    endMask: 0b1001,
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask: 0,
  });
}

function forward(
  at: NodeContext,
  x: Slot,
  w: Slot,
  window: Window,
  { bias, activation }: Epilogue,
  [bare, fused]: readonly ['Conv2D' | 'DepthwiseConv2dNative', string],
): Slot {
  const { operations } = at.device;
  const attributes = kernelAttributes(window);
  if (operations === null && (bias !== undefined || activation !== undefined) && at.device.has(fused)) {
    at.plan.note(at.node.operator, 'fused with bias and activation');
    const inputs = { x, filter: w, ...(bias !== undefined && { bias }) };
    return at.kernel(fused, inputs, { ...attributes, activation: activation ?? 'linear' });
  }
  const product = operations
    ? at.plan.step([x, w], operations.convolution(bare, window))
    : at.kernel(bare, { x, filter: w }, attributes);
  const shifted = bias === undefined ? product : addBias(at, product, bias);
  if (activation === undefined) return shifted;
  return at.unary(activation === 'relu' ? 'Relu' : 'Relu6', shifted);
}

/** Adds one number per channel. */
export function addBias(at: NodeContext, x: Slot, bias: Slot): Slot {
  const { operations } = at.device;
  return operations ? at.plan.step([x, bias], operations.addBias()) : at.binary('Add', x, bias);
}

/** `outputs` is the number of channels of `dy`. */
export function denseInputGradient(
  at: NodeContext,
  dy: Slot,
  w: Slot,
  window: Window,
  outputs: number,
): Slot {
  const [batch, channels, height, width] = window.input;
  const shape = [batch, height, width, channels];
  if (isProduct(window)) {
    at.plan.note('ConvInputGradient', 'one product');
    const pixels = batch * height * width;
    const rows = at.plan.reshape(dy, [pixels, outputs]);
    return at.plan.reshape(product(at, rows, at.plan.reshape(w, [channels, outputs]), false, true), shape);
  }
  const { operations } = at.device;
  if (operations) {
    const sizes = at.plan.constant({ dtype: 'int32', dims: [4], data: Int32Array.from(shape) });
    return at.plan.step([sizes, w, dy], operations.convolution('Conv2DBackpropInput', window));
  }
  return at.kernel(
    'Conv2DBackpropInput',
    { dy, filter: w },
    { ...kernelAttributes(window), inputShape: shape },
  );
}

/** `filter` is [height, width, inputs, outputs]. */
export function denseWeightGradient(
  at: NodeContext,
  dy: Slot,
  x: Slot,
  window: Window,
  filter: readonly number[],
): Slot {
  const [kh, kw, inputs, outputs] = filter as [number, number, number, number];
  const { operations } = at.device;
  if (!isProduct(window) && operations) {
    const sizes = at.plan.constant({ dtype: 'int32', dims: [4], data: Int32Array.from(filter) });
    return at.plan.step([x, sizes, dy], operations.convolution('Conv2DBackpropFilter', window));
  }
  if (!isProduct(window) && at.device.has('Conv2DBackpropFilter')) {
    return at.kernel(
      'Conv2DBackpropFilter',
      { x, dy },
      { ...kernelAttributes(window), filterShape: [...filter] },
    );
  }
  at.plan.note('ConvWeightGradient', isProduct(window) ? 'one product' : 'a product for each tap');
  const pixels = window.input[0] * window.output[0] * window.output[1];
  const rows = at.plan.reshape(dy, [pixels, outputs]);
  const parts = taps(at, x, window, [kh, kw]).map((tap) =>
    product(at, at.plan.reshape(tap, [pixels, inputs]), rows, true, false),
  );
  const joined = parts.length === 1 ? parts[0]! : concatenated(at, parts, 0);
  return at.plan.reshape(joined, filter);
}

/** The part of the padded image that each tap of a window meets, [batch, output height, output width, channels]. */
export function taps(at: NodeContext, x: Slot, window: Window, kernel: readonly [number, number]): Slot[] {
  const [batch, channels, height, width] = window.input;
  const [top, bottom, left, right] = window.pads;
  const padded = padImage(at, x, window.pads, 0);
  const size = [height + top + bottom, width + left + right] as const;
  const found: Slot[] = [];
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const begin = [0, row * window.dilations[0], column * window.dilations[1], 0];
      const end = [
        batch,
        begin[1]! + (window.output[0] - 1) * window.strides[0] + 1,
        begin[2]! + (window.output[1] - 1) * window.strides[1] + 1,
        channels,
      ];
      const whole = size[0] === window.output[0] && size[1] === window.output[1];
      found.push(
        whole && kernel[0] * kernel[1] === 1
          ? padded
          : stridedSlice(at, padded, begin, end, [1, ...window.strides, 1]),
      );
    }
  }
  return found;
}

/** Puts zeros between the pixels of an image (and behind the last), so that they are `strides` apart. */
export function spreadByStride(
  at: NodeContext,
  x: Slot,
  [batch, rows, columns, channels]: readonly [number, number, number, number],
  [down, across]: Window['strides'],
): Slot {
  const behind = (slot: Slot, shape: readonly number[], extra: number) => {
    if (extra === 0) return slot;
    const paddings = [
      [0, 0],
      [0, extra],
      [0, 0],
    ];
    return at.unary('PadV2', at.plan.reshape(slot, shape), { paddings, constantValue: 0 });
  };
  const wide = behind(x, [batch * rows * columns, 1, channels], across - 1);
  const tall = behind(wide, [batch * rows, 1, columns * across * channels], down - 1);
  return at.plan.reshape(tall, [batch, rows * down, columns * across, channels]);
}

/** Puts rows and columns around an image, or takes them away where the amounts are negative. */
export function padImage(at: NodeContext, x: Slot, pads: Window['pads'], value: number): Slot {
  const [top, bottom, left, right] = pads.map((amount) => Math.max(amount, 0)) as [
    number,
    number,
    number,
    number,
  ];
  if (top + bottom + left + right === 0) return x;
  const paddings = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return at.unary('PadV2', x, { paddings, constantValue: value });
}

/** Part of a tensor; all axes given. */
export function stridedSlice(
  at: NodeContext,
  x: Slot,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Slot {
  if (strides.every((step) => step === 1)) {
    return at.unary('Slice', x, { begin: [...begin], size: end.map((stop, axis) => stop - begin[axis]!) });
  }
  return at.unary('StridedSlice', x, {
    begin: [...begin],
    end: [...end],
    strides: [...strides],
    beginMask: 0,
    endMask: 0,
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask: 0,
  });
}

/** Joins tensors along an axis in memory. */
export function concatenated(at: NodeContext, parts: readonly Slot[], axis: number): Slot {
  if (parts.length === 1) return parts[0]!;
  return at.kernel('Concat', Object.fromEntries(parts.map((part, index) => [`input${index}`, part])), {
    axis,
  });
}

/** A product of matrices, or of as many as the leading axes count. */
export function product(at: NodeContext, a: Slot, b: Slot, transposeA: boolean, transposeB: boolean): Slot {
  return at.kernel('BatchMatMul', { a, b }, { transposeA, transposeB });
}

/** Fills the holes of a dilated kernel with zeros; [height, width, a, b] in and out. */
export function withoutHoles(
  at: NodeContext,
  w: Slot,
  window: Window,
  [a, b]: readonly [number, number],
): { readonly w: Slot; readonly window: Window } {
  const [rows, columns] = window.dilations;
  if (rows === 1 && columns === 1) return { w, window };
  const [kh, kw] = window.kernel;
  const reach = reachOf(window);
  const stuffed = (x: Slot, outer: number, inner: number, step: number) => {
    const apart = at.plan.reshape(x, [outer, 1, inner]);
    return step === 1
      ? apart
      : at.unary('PadV2', apart, {
          paddings: [
            [0, 0],
            [0, step - 1],
            [0, 0],
          ],
          constantValue: 0,
        });
  };
  const wide = at.plan.reshape(stuffed(w, kh * kw, a * b, columns), [kh, kw * columns, a, b]);
  const cut = stridedSlice(at, wide, [0, 0, 0, 0], [kh, reach[1], a, b], [1, 1, 1, 1]);
  const tall = at.plan.reshape(stuffed(cut, kh, reach[1] * a * b, rows), [kh * rows, reach[1], a, b]);
  const full = stridedSlice(at, tall, [0, 0, 0, 0], [reach[0], reach[1], a, b], [1, 1, 1, 1]);
  at.plan.note(at.node.operator, 'holes of dilated kernels filled with zeros');
  return { w: full, window: { ...window, kernel: reach, dilations: [1, 1] } };
}
