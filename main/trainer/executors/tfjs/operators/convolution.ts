import { intAttribute, intsAttribute } from '../../../graph/attributes.ts';
import { depthwiseOrder, imageOrder, kernelOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import { forwardWindow, gradientWindow, type Window } from '../windows.ts';
import type { NodeContext, Planner } from './context.ts';
import {
  addBias,
  concatenated,
  denseForward,
  denseInputGradient,
  denseWeightGradient,
  depthwiseForward,
  type Epilogue,
  withoutHoles,
} from './dense.ts';
import { depthwiseInputGradient, depthwiseWeightGradient } from './depthwise.ts';

/** Plans of convolutions and their gradients. */
export const convolutionPlanners: Readonly<Record<string, Planner>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  ConvInputGradient: inputGradient,
  ConvWeightGradient: weightGradient,
};

/** Whether every group has one input channel: each channel is convolved by kernels of its own. */
const isDepthwise = (window: Window): boolean => window.group > 1 && window.group === window.input[1];

/** Weights of a depthwise convolution as [height, width, channels, multiplier]. */
function depthwiseWeights(at: NodeContext, index: number, window: Window, multiplier: number): Slot {
  const w = at.take(index, depthwiseOrder);
  return multiplier === 1 ? w : at.plan.reshape(w, [...window.kernel, window.input[1], multiplier]);
}

function conv(at: NodeContext): void {
  const weights = at.dims(1);
  const window = forwardWindow(at.node, at.dims(0), weights.slice(2));
  const x = at.take(0, imageOrder);
  const bias = at.has(2) ? at.plain(2) : undefined;
  const fused = at.plan.activationAfter(at.node);
  const epilogue: Epilogue = {
    ...(bias !== undefined && { bias }),
    ...(fused && { activation: fused.kind }),
  };
  const result = convolve(at, x, window, weights[0]!, epilogue);
  if (fused) at.plan.put(fused.output, result, imageOrder);
  else at.result(result, imageOrder);
}

function convolve(at: NodeContext, x: Slot, window: Window, outputs: number, epilogue: Epilogue): Slot {
  const [, channels] = window.input;
  if (isDepthwise(window)) {
    const multiplier = outputs / window.group;
    const filled = withoutHoles(at, depthwiseWeights(at, 1, window, multiplier), window, [
      channels,
      multiplier,
    ]);
    return depthwiseForward(at, x, filled.w, filled.window, epilogue);
  }
  const w = at.take(1, kernelOrder);
  if (window.group === 1) {
    const filled = withoutHoles(at, w, window, [channels, outputs]);
    return denseForward(at, x, filled.w, filled.window, epilogue);
  }
  const parts = grouped(at, window, outputs, (group) => {
    const filled = withoutHoles(at, group.weightsOf(w), group.window, [group.inputs, group.outputs]);
    return denseForward(at, group.inputsOf(x), filled.w, filled.window);
  });
  const joined = concatenated(at, parts, 3);
  const shifted = epilogue.bias === undefined ? joined : addBias(at, joined, epilogue.bias);
  if (epilogue.activation === undefined) return shifted;
  return at.unary(epilogue.activation === 'relu' ? 'Relu' : 'Relu6', shifted);
}

/** One group of a grouped convolution: which channels are its own. */
interface Group {
  readonly window: Window;
  readonly inputs: number;
  readonly outputs: number;
  /** Its channels of the image. */
  readonly inputsOf: (x: Slot) => Slot;
  /** Its channels of the result's gradient. */
  readonly gradientOf: (dy: Slot) => Slot;
  /** Its part of weights [height, width, inputs, outputs], whose outputs are those of all groups. */
  readonly weightsOf: (w: Slot) => Slot;
}

/** Grouped convolutions are several small ones side by side. */
function grouped(
  at: NodeContext,
  window: Window,
  total: number,
  compute: (group: Group) => Slot,
): readonly Slot[] {
  at.plan.note(at.node.operator, 'group by group');
  const [batch, channels, height, width] = window.input;
  const [inputs, outputs] = [channels / window.group, total / window.group];
  const part = (x: Slot, shape: readonly number[], start: number, length: number) =>
    at.unary('Slice', x, { begin: [0, 0, 0, start], size: [...shape, length] });
  return Array.from({ length: window.group }, (_, index) =>
    compute({
      window: { ...window, group: 1, input: [batch, inputs, height, width] },
      inputs,
      outputs,
      inputsOf: (x) => part(x, [batch, height, width], index * inputs, inputs),
      gradientOf: (dy) => part(dy, [batch, ...window.output], index * outputs, outputs),
      weightsOf: (w) => part(w, [...window.kernel, inputs], index * outputs, outputs),
    }),
  );
}

function inputGradient(at: NodeContext): void {
  const dims = at.dims(0);
  const window = gradientWindow(at.node, dims.slice(2));
  const dy = at.take(0, imageOrder);
  at.result(inputGradientOf(at, dy, window, dims[1]!), imageOrder);
}

/** The gradient of a convolution's input, from the gradient of its result and the weights (input 1 of the node). */
function inputGradientOf(at: NodeContext, dy: Slot, window: Window, outputs: number): Slot {
  const [, channels] = window.input;
  if (isDepthwise(window)) {
    const multiplier = outputs / window.group;
    const filled = withoutHoles(at, depthwiseWeights(at, 1, window, multiplier), window, [
      channels,
      multiplier,
    ]);
    return depthwiseInputGradient(at, dy, filled.w, filled.window, multiplier);
  }
  const w = at.take(1, kernelOrder);
  if (window.group === 1) {
    const filled = withoutHoles(at, w, window, [channels, outputs]);
    return denseInputGradient(at, dy, filled.w, filled.window, outputs);
  }
  const parts = grouped(at, window, outputs, (group) => {
    const filled = withoutHoles(at, group.weightsOf(w), group.window, [group.inputs, group.outputs]);
    return denseInputGradient(at, group.gradientOf(dy), filled.w, filled.window, group.outputs);
  });
  return concatenated(at, parts, 3);
}

function weightGradient(at: NodeContext): void {
  const dims = at.dims(0);
  const window = gradientWindow(at.node, dims.slice(2));
  const [dy, x] = [at.take(0, imageOrder), at.take(1, imageOrder)];
  const outputs = dims[1]!;
  if (isDepthwise(window)) {
    const multiplier = outputs / window.group;
    const gradient = sparse(at, window, [window.group, multiplier], (filled) =>
      depthwiseWeightGradient(at, dy, x, filled, multiplier),
    );
    at.result(at.plan.reshape(gradient, [...window.kernel, outputs, 1]), depthwiseOrder);
    return;
  }
  const of = (each: Window, gradient: Slot, image: Slot, inputs: number, count: number) =>
    sparse(at, each, [inputs, count], (filled) =>
      denseWeightGradient(at, gradient, image, filled, [...filled.kernel, inputs, count]),
    );
  if (window.group === 1) {
    at.result(of(window, dy, x, window.input[1], outputs), kernelOrder);
    return;
  }
  const parts = grouped(at, window, outputs, (group) =>
    of(group.window, group.gradientOf(dy), group.inputsOf(x), group.inputs, group.outputs),
  );
  at.result(concatenated(at, parts, 3), kernelOrder);
}

/** The gradient of a dilated kernel: every so many rows and columns of the gradient of the kernel without holes. */
function sparse(
  at: NodeContext,
  window: Window,
  [a, b]: readonly [number, number],
  gradient: (filled: Window) => Slot,
): Slot {
  const [rows, columns] = window.dilations;
  if (rows === 1 && columns === 1) return gradient(window);
  const [height, width] = window.kernel;
  const kernel = [(height - 1) * rows + 1, (width - 1) * columns + 1] as const;
  return at.unary('StridedSlice', gradient({ ...window, kernel, dilations: [1, 1] }), {
    begin: [0, 0, 0, 0],
    end: [...kernel, a, b],
    strides: [rows, columns, 1, 1],
    beginMask: 0,
    endMask: 0,
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask: 0,
  });
}

/** A transposed convolution computes what a convolution's input gradient computes. */
function convTranspose(at: NodeContext): void {
  const weights = at.dims(1);
  const result = at.resultDims();
  const input = at.dims(0);
  if (result.length !== 4) throw at.refuse(`it works on images only, not on ${result.length - 2} dimensions`);
  const strides = intsAttribute(at.node, 'strides') ?? [1, 1];
  const dilations = intsAttribute(at.node, 'dilations') ?? [1, 1];
  const pads = transposedPads(at, [result[2]!, result[3]!], [input[2]!, input[3]!], strides, dilations);
  const window: Window = {
    kernel: [weights[2]!, weights[3]!],
    strides: [strides[0]!, strides[1]!],
    dilations: [dilations[0]!, dilations[1]!],
    pads,
    group: intAttribute(at.node, 'group', 1),
    input: [result[0]!, result[1]!, result[2]!, result[3]!],
    output: [input[2]!, input[3]!],
  };
  const x = at.take(0, imageOrder);
  const product = inputGradientOf(at, x, window, input[1]!);
  at.result(at.has(2) ? addBias(at, product, at.plain(2)) : product, imageOrder);
}

/** Padding of the convolution whose input gradient this is; what output_padding adds is never reached by it. */
function transposedPads(
  at: NodeContext,
  result: readonly [number, number],
  input: readonly [number, number],
  strides: readonly number[],
  dilations: readonly number[],
): Window['pads'] {
  const given = intsAttribute(at.node, 'pads') ?? [0, 0, 0, 0];
  const behind = (axis: 0 | 1) => {
    const reach = (at.dims(1)[axis + 2]! - 1) * dilations[axis]! + 1;
    return (input[axis] - 1) * strides[axis]! + reach - given[axis]! - result[axis];
  };
  const [bottom, right] = [behind(0), behind(1)];
  // A rest that no window reaches: TensorFlow rounds it off by itself.
  return [given[0]!, Math.max(bottom, 0), given[1]!, Math.max(right, 0)];
}
