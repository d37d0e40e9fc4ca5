import { attributes, int, intAttribute, ints } from '../../../graph/attributes.ts';
import { onnxTypeNumbers } from '../../../graph/onnx-types.ts';
import { elementCount, floatTensor, tensor, zeros } from '../../../graph/tensor.ts';
import { transposedSizes } from './convolution.ts';
import type { LoweringContext, LoweringRegistry, Window } from './registry.ts';
import { kernelPositions, sliceAt } from './taps.ts';

/** Ways to write the gradients of poolings, in either layout (a pooling does not care which of the first axes is the batch). */
export function registerPoolingLowerings(registry: LoweringRegistry): void {
  registry.register('AveragePoolGradient', [
    { name: 'ConvTranspose', applies: () => true, lower: averagePool },
  ]);
  registry.register('MaxPoolGradient', [
    { name: 'ScatterElements', applies: () => true, lower: maxPool },
    {
      name: 'ScatterElements, maxima compared',
      applies: ({ window }) => window.kernel.length === 2,
      lower: comparedMaxPool,
    },
  ]);
}

/** Every output gives each input of its window an equal share: a transposed convolution by ones. */
function averagePool(at: LoweringContext): string {
  const dy = at.input(0);
  const { window } = at;
  const [first, second, ...output] = at.dims(dy);
  const groups = first! * second!;
  const counts = windowCounts(window, output, intAttribute(at.node, 'count_include_pad', 0) !== 0);
  const shared = at.emit('Div', [dy, at.builder.constant(floatTensor([1, 1, ...output], counts), 'counts')]);
  const ones = at.builder.constant(
    floatTensor(
      [groups, 1, ...window.kernel],
      new Float32Array(groups * elementCount(window.kernel)).fill(1),
    ),
    'ones',
  );
  const spread = at.emit('ConvTranspose', [at.reshape(shared, [1, groups, ...output]), ones], {
    kernel_shape: ints(window.kernel),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    group: int(groups),
    ...transposedSizes(window, output),
  });
  return at.reshape(spread, [first!, second!, ...window.input.slice(2)]);
}

/** By how many elements each average was divided: padding counts only where the operator says so. */
function windowCounts(window: Window, output: readonly number[], includePadding: boolean): Float32Array {
  const perAxis = output.map((length, axis) =>
    Array.from({ length }, (_, at) => axisCount(window, axis, at, includePadding)),
  );
  let counts = [1];
  for (const axis of perAxis) counts = counts.flatMap((count) => axis.map((length) => count * length));
  return Float32Array.from(counts);
}

function axisCount(window: Window, axis: number, at: number, includePadding: boolean): number {
  const length = window.input[axis + 2]!;
  const first = at * window.strides[axis]! - window.before[axis]!;
  const low = includePadding ? -window.before[axis]! : 0;
  const high = includePadding ? length + window.after[axis]! : length;
  let count = 0;
  for (let tap = 0; tap < window.kernel[axis]!; tap++) {
    const position = first + tap * window.dilations[axis]!;
    if (position >= low && position < high) count++;
  }
  return count;
}

/** The runtime's own pooling says where each maximum came from; the gradient goes there. */
function maxPool(at: LoweringContext): string {
  const { kernel, strides, dilations, before, after } = at.window;
  const [, indices] = at.builder.ops('MaxPool', [at.input(1)], {
    name: `${at.node.name}/MaxPool`,
    outputs: 2,
    attributes: attributes({
      kernel_shape: ints(kernel),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints([...before, ...after]),
      ceil_mode: int(intAttribute(at.node, 'ceil_mode', 0)),
    }),
  });
  return scattered(at, indices!);
}

/** The output's gradient added up where each maximum came from; indices count the elements of the input. */
function scattered(at: LoweringContext, indices: string): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const dims = at.dims(x);
  const picked = elementCount(at.dims(dy));
  const empty = at.builder.op('Expand', [
    at.builder.constant(zeros([1])),
    at.builder.ints([elementCount(dims)]),
  ]);
  const sum = at.builder.op(
    'ScatterElements',
    [empty, at.reshape(indices, [picked]), at.reshape(dy, [picked])],
    {
      name: `${at.node.name}/ScatterElements`,
      attributes: attributes({ axis: int(0), reduction: { type: 'string', value: 'add' } }),
    },
  );
  return at.reshape(sum, dims);
}

/**
 * What each tap of the windows sees is compared with the largest so far, of which the first stays: for runtimes whose
 * poolings take long to tell where a maximum came from (a step of ResNet-18: 0.5 s of 0.86).
 */
function comparedMaxPool(at: LoweringContext): string {
  const { builder } = at;
  const output = at.dims(at.input(0)).slice(2);
  const padded = paddedWithLeast(at, output);
  let best: string | undefined;
  let offset = builder.scalar(0);
  for (const position of kernelPositions(at.window.kernel)) {
    const seen = sliceAt(at, padded, position, output);
    const away = builder.scalar(offsetOf(at, position));
    const isLarger = best === undefined ? undefined : at.emit('Greater', [seen, best]);
    offset = isLarger === undefined ? away : at.emit('Where', [isLarger, away, offset]);
    best = best === undefined ? seen : at.emit('Max', [best, seen]);
  }
  const inWindow = at.emit('Cast', [offset], { to: int(onnxTypeNumbers.int64) });
  const inPlane = at.emit('Add', [inWindow, windowStarts(at, output)]);
  const indices = at.emit('Add', [inPlane, planeStarts(at)]);
  // Where all of a window is as small as the padding (a network gone astray), its place could lie outside.
  const last = elementCount(at.dims(at.input(1))) - 1;
  const inside = at.emit('Min', [at.emit('Max', [indices, whole(at, [], [0])]), whole(at, [], [last])]);
  return scattered(at, inside);
}

const LEAST_FLOAT = -3.4028234663852886e38;

const whole = (at: LoweringContext, dims: readonly number[], values: readonly number[]) =>
  at.builder.constant(tensor('int64', dims, BigInt64Array.from(values, BigInt)), 'places');

/** The input padded with what is never larger, as far as the last windows reach. */
function paddedWithLeast(at: LoweringContext, output: readonly number[]): string {
  const { kernel, strides, dilations, before, after, input } = at.window;
  const reach = output.map(
    (length, axis) => (length - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1,
  );
  const behind = reach.map((end, axis) => Math.max(after[axis]!, end - before[axis]! - input[axis + 2]!));
  if ([...before, ...behind].every((pad) => pad === 0)) return at.input(1);
  const pads = at.builder.ints([0, 0, ...before, 0, 0, ...behind]);
  return at.emit('Pad', [at.input(1), pads, at.builder.scalar(LEAST_FLOAT)]);
}

/** How many elements of a plane one position of the kernel lies behind the window's first. */
function offsetOf(at: LoweringContext, [row, column]: readonly number[]): number {
  const { dilations, input } = at.window;
  return row! * dilations[0]! * input[3]! + column! * dilations[1]!;
}

/** Place of the first element of every window in its plane, the padding counted as negative: [1, 1, oh, ow]. */
function windowStarts(at: LoweringContext, [height, width]: readonly number[]): string {
  const { strides, before, input } = at.window;
  const start = (index: number, axis: 0 | 1) => index * strides[axis]! - before[axis]!;
  const places = Array.from({ length: height! * width! }, (_, index) => {
    const row = Math.floor(index / width!);
    return start(row, 0) * input[3]! + start(index % width!, 1);
  });
  return whole(at, [1, 1, height!, width!], places);
}

/** Place of the first element of every plane. */
function planeStarts(at: LoweringContext): string {
  const [first, second, ...plane] = at.dims(at.input(1)) as [number, number, ...number[]];
  const size = elementCount(plane);
  const places = Array.from({ length: first * second }, (_, index) => index * size);
  return whole(at, [first, second, 1, 1], places);
}
