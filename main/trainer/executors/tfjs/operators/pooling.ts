import { intAttribute, intsAttribute } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { imageOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import { exactPads, forwardWindow, gradientWindow, unpadded, type Window } from '../windows.ts';
import type { NodeContext, Planner } from './context.ts';
import { padImage, spreadByStride, taps } from './dense.ts';

/** Plans of poolings and their gradients. */
export const poolingPlanners: Readonly<Record<string, Planner>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (at) => global(at, 'Mean', { axis: [1, 2], keepDims: true }),
  GlobalMaxPool: (at) => global(at, 'Max', { reductionIndices: [1, 2], keepDims: true }),
  MaxPoolGradient: maxPoolGradient,
  AveragePoolGradient: averagePoolGradient,
};

/** What stands around an image whose maxima are wanted: no float32 is less. */
const LEAST = -3.4028234663852886e38;

/** Padding is done beforehand (TensorFlow.js's kernels round it their own ways), so that the kernels see none. */
function settings({ kernel, strides }: Window): object {
  return { filterSize: [...kernel], strides: [...strides], pad: 'valid', dimRoundingMode: 'floor' };
}

/** No kernel of these backends knows windows with holes. */
const hasHoles = ({ dilations }: Window): boolean => dilations.some((step) => step !== 1);

function windowOf(at: NodeContext): Window {
  return forwardWindow(at.node, at.dims(0), intsAttribute(at.node, 'kernel_shape') ?? []);
}

function maxPool(at: NodeContext): void {
  if (at.node.outputs[1]) throw at.refuse('its second result (where the maxima were) is not computed');
  const window = windowOf(at);
  const pads = exactPads(window);
  at.result(maxima(at, padImage(at, at.take(0, imageOrder), pads, LEAST), window, pads), imageOrder);
}

/** Largest elements of each window over an image that is padded already. */
function maxima(at: NodeContext, padded: Slot, window: Window, pads: Window['pads']): Slot {
  if (!hasHoles(window)) return pooled(at, 'MaxPool', padded, window);
  at.plan.note(at.node.operator, 'element by element of the window');
  const elements = taps(at, padded, paddedWindow(window, pads), window.kernel);
  return elements.reduce((most, element) => at.binary('Maximum', most, element));
}

/** The same window over the padded image. */
function paddedWindow(window: Window, pads: Window['pads']): Window {
  const [batch, channels] = window.input;
  return { ...window, pads: [0, 0, 0, 0], input: [batch, channels, ...paddedSize(window, pads)] };
}

function pooled(at: NodeContext, kernel: 'MaxPool' | 'AvgPool', x: Slot, window: Window): Slot {
  return at.unary(kernel, x, settings(window));
}

function averagePool(at: NodeContext): void {
  const window = windowOf(at);
  if (hasHoles(window)) throw at.refuse('its window has holes (dilations)');
  const padded = padImage(at, at.take(0, imageOrder), exactPads(window), 0);
  const averages = pooled(at, 'AvgPool', padded, window);
  const factors = countFactors(at, window);
  at.result(factors === undefined ? averages : at.binary('Multiply', averages, factors), imageOrder);
}

/** By what averages over whole windows must be multiplied where part of a window is padding that does not count. */
function countFactors(at: NodeContext, window: Window): Slot | undefined {
  const includePadding = intAttribute(at.node, 'count_include_pad', 0) !== 0;
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    Array.from({ length: window.output[axis] }, (_, place) => axisCount(window, axis, place, includePadding)),
  ) as [number[], number[]];
  const whole = elementCount(window.kernel);
  const data = Float32Array.from(rows.flatMap((row) => columns.map((column) => whole / (row * column))));
  if (data.every((factor) => factor === 1)) return undefined;
  return at.plan.constant({ dtype: 'float32', dims: [1, ...window.output, 1], data });
}

function axisCount(window: Window, axis: 0 | 1, place: number, includePadding: boolean): number {
  const length = window.input[axis + 2]!;
  const [before, after] = [window.pads[axis * 2]!, window.pads[axis * 2 + 1]!];
  const first = place * window.strides[axis] - before;
  const low = includePadding ? -before : 0;
  const high = includePadding ? length + after : length;
  return Math.max(1, Math.min(first + window.kernel[axis], high) - Math.max(first, low));
}

function global(at: NodeContext, kernel: string, attributes: object): void {
  if (at.dims(0).length !== 4)
    throw at.refuse(`it works on images only, not on ${at.dims(0).length - 2} dimensions`);
  at.result(at.unary(kernel, at.take(0, imageOrder), attributes), imageOrder);
}

function maxPoolGradient(at: NodeContext): void {
  const window = gradientWindow(at.node, at.dims(0).slice(2));
  const pads = exactPads(window);
  const [dy, x] = [at.take(0, imageOrder), at.take(1, imageOrder)];
  const input = padImage(at, x, pads, LEAST);
  const output = maxima(at, input, window, pads);
  const gradient =
    at.device.has('MaxPoolGrad') && !hasHoles(window)
      ? at.kernel('MaxPoolGrad', { dy, input, output }, settings(window))
      : byTaps(at, { dy, input, output }, window, pads);
  at.result(withoutPadding(at, gradient, window, pads), imageOrder);
}

/** Each element of a window takes the gradient if it is the first to equal the maximum. */
function byTaps(
  at: NodeContext,
  { dy, input, output }: Readonly<Record<'dy' | 'input' | 'output', Slot>>,
  window: Window,
  pads: Window['pads'],
): Slot {
  at.plan.note(at.node.operator, 'element by element of the window');
  const whole = paddedWindow(window, pads);
  let sum: Slot | undefined;
  let taken: Slot | undefined;
  for (const [index, tap] of taps(at, input, whole, window.kernel).entries()) {
    const hit = at.unary('Cast', at.binary('Equal', tap, output), { dtype: 'float32' });
    const first =
      taken === undefined ? hit : at.binary('Multiply', hit, at.binary('Sub', at.scalar(1), taken));
    taken = taken === undefined ? hit : at.binary('Maximum', taken, hit);
    const place = [
      Math.floor(index / window.kernel[1]) * window.dilations[0],
      (index % window.kernel[1]) * window.dilations[1],
    ] as const;
    const part = placed(at, at.binary('Multiply', dy, first), whole, place);
    sum = sum === undefined ? part : at.binary('Add', sum, part);
  }
  return sum!;
}

/** Puts what belongs to one element of every window back into the image. */
function placed(at: NodeContext, part: Slot, window: Window, [row, column]: readonly [number, number]): Slot {
  const [batch, channels, height, width] = window.input;
  const [rows, columns] = window.output;
  const spread = spreadByStride(at, part, [batch, rows, columns, channels], window.strides);
  // Behind the last element are zeros that may not fit any more.
  const size = [
    Math.min(rows * window.strides[0], height - row),
    Math.min(columns * window.strides[1], width - column),
  ] as const;
  const cut = at.unary('Slice', spread, { begin: [0, 0, 0, 0], size: [batch, ...size, channels] });
  return padImage(at, cut, [row, height - row - size[0], column, width - column - size[1]], 0);
}

function paddedSize({ input }: Window, pads: Window['pads']): readonly [number, number] {
  const around = pads.map((amount) => Math.max(amount, 0)) as [number, number, number, number];
  return [input[2] + around[0] + around[1], input[3] + around[2] + around[3]];
}

function averagePoolGradient(at: NodeContext): void {
  const window = gradientWindow(at.node, at.dims(0).slice(2));
  if (hasHoles(window)) throw at.refuse('its window has holes (dilations)');
  const pads = exactPads(window);
  const dy = at.take(0, imageOrder);
  const factors = countFactors(at, window);
  const shared = factors === undefined ? dy : at.binary('Multiply', dy, factors);
  const [batch, channels] = window.input;
  const shape = [batch, ...paddedSize(window, pads), channels];
  const gradient = spread(at, shared, shape, window);
  at.result(withoutPadding(at, gradient, window, pads), imageOrder);
}

/** Gives every element of a window its share; kernels want the forward input, of which only the shape matters. */
function spread(at: NodeContext, dy: Slot, shape: readonly number[], window: Window): Slot {
  const { operations } = at.device;
  if (operations) {
    const sizes = at.plan.constant({ dtype: 'int32', dims: [4], data: Int32Array.from(shape) });
    return at.plan.step([sizes, dy], operations.averagePoolGradient(window));
  }
  const input = at.kernel('Fill', {}, { shape: [...shape], value: 0, dtype: 'float32' });
  return at.kernel('AvgPoolGrad', { dy, input }, settings(window));
}

function withoutPadding(at: NodeContext, gradient: Slot, window: Window, pads: Window['pads']): Slot {
  if (unpadded(pads)) return gradient;
  const [batch, channels, height, width] = window.input;
  return at.unary('Slice', gradient, {
    begin: [0, pads[0], pads[2], 0],
    size: [batch, height, width, channels],
  });
}
