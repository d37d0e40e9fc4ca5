import { intAttribute, intsAttribute, tensorAttribute } from './attributes.ts';
import {
  elementwiseEvaluations,
  LARGEST_CONSTANT,
  numbersOf,
  positions,
  strided,
} from './evaluate-elementwise.ts';
import { slicedLength, sliceRange } from './inference/slice.ts';
import { elementTypeOf } from './onnx-types.ts';
import { broadcastDims, normaliseAxis } from './shapes.ts';
import {
  elementCount,
  floatsFromHalf,
  floatTensor,
  intsTensor,
  tensor,
  tensorFromNumbers,
  tensorInts,
} from './tensor.ts';
import type { Node, Tensor } from './types.ts';

type Evaluation = (node: Node, inputs: readonly (Tensor | undefined)[]) => Tensor | undefined;

/**
 * The value of a node whose inputs are constants, for the operators that weight storage and shape
 * arithmetic consist of; undefined where the runtime has to compute it.
 */
export function evaluateNode(node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  return evaluations.get(node.operator)?.(node, inputs);
}

const evaluations = new Map<string, Evaluation>([
  ['Constant', constant],
  ['Identity', (_, [x]) => x],
  ['Cast', cast],
  ['Shape', (node, [x]) => x && shapeOf(node, x.dims)],
  ['Reshape', (node, [x, shape]) => x && shape && reshape(node, x, tensorInts(shape))],
  ['Squeeze', (_, [x, axes]) => x && { ...x, dims: squeezed(x, axes) }],
  ['Unsqueeze', (node, [x, axes]) => x && axes && { ...x, dims: unsqueezed(node, x, tensorInts(axes)) }],
  ['Concat', concat],
  ['Gather', gather],
  ['Slice', slice],
  ['Transpose', transpose],
  ['Expand', expand],
  ['Tile', tile],
  ['CumSum', cumulativeSum],
  ['Range', range],
  ['ConstantOfShape', constantOfShape],
  ...elementwiseEvaluations,
]);

/** The value of a Shape node, from the type alone. */
export function shapeOf(node: Node, dims: readonly number[]): Tensor {
  const rank = dims.length;
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + rank : bound, 0), rank);
  return intsTensor(
    dims.slice(clamp(intAttribute(node, 'start', 0)), clamp(intAttribute(node, 'end', rank))),
  );
}

function constant(node: Node): Tensor | undefined {
  const value = tensorAttribute(node, 'value');
  if (value) return value;
  const list = intsAttribute(node, 'value_ints');
  if (list) return intsTensor(list);
  const single =
    node.attributes.get('value_int') ??
    node.attributes.get('value_float') ??
    node.attributes.get('value_floats');
  if (single?.type === 'int') return tensor('int64', [], BigInt64Array.of(BigInt(single.value)));
  if (single?.type === 'float') return floatTensor([], [single.value]);
  if (single?.type === 'floats') return floatTensor([single.value.length], single.value);
  return undefined;
}

function cast(node: Node, [x]: readonly (Tensor | undefined)[]): Tensor | undefined {
  const to = elementTypeOf(intAttribute(node, 'to', 0));
  if (!x || to === undefined || to === 'float16') return x?.dtype === to ? x : undefined;
  if (x.dtype === to) return x;
  if (x.dtype === 'float16')
    return to === 'float32' ? floatTensor(x.dims, floatsFromHalf(x.data)) : undefined;
  const numbers = numbersOf(x);
  if (!numbers) return undefined;
  return tensorFromNumbers(
    to,
    x.dims,
    to === 'bool' ? Array.from(numbers, (value) => Number(value !== 0)) : numbers,
  );
}

function reshape(node: Node, x: Tensor, wanted: readonly number[]): Tensor {
  const dims = wanted.map((dim, axis) =>
    dim === 0 && intAttribute(node, 'allowzero', 0) === 0 ? (x.dims[axis] ?? 0) : dim,
  );
  const open = dims.indexOf(-1);
  if (open >= 0) dims[open] = x.data.length / elementCount(dims.filter((_, axis) => axis !== open));
  return { ...x, dims };
}

function squeezed(x: Tensor, axes: Tensor | undefined): readonly number[] {
  const dropped = axes
    ? tensorInts(axes).map((axis) => normaliseAxis(axis, x.dims.length, 'Squeeze'))
    : undefined;
  return x.dims.filter((dim, axis) => (dropped ? !dropped.includes(axis) : dim !== 1));
}

function unsqueezed(node: Node, x: Tensor, axes: readonly number[]): readonly number[] {
  const rank = x.dims.length + axes.length;
  const added = axes.map((axis) => normaliseAxis(axis, rank, node.name));
  let next = 0;
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : x.dims[next++]!));
}

function concat(node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const parts = inputs.filter((part) => part !== undefined);
  const [first] = parts;
  if (!first || parts.some((part) => part.dtype !== first.dtype)) return undefined;
  const axis = normaliseAxis(intAttribute(node, 'axis', 0), first.dims.length, node.name);
  const before = elementCount(first.dims.slice(0, axis));
  const dims = first.dims.map((dim, at) =>
    at === axis ? parts.reduce((sum, part) => sum + part.dims[axis]!, 0) : dim,
  );
  const numbers = parts.map(numbersOf);
  if (elementCount(dims) > LARGEST_CONSTANT || numbers.some((each) => each === undefined)) return undefined;
  const joined: number[] = [];
  for (let row = 0; row < before; row++) {
    parts.forEach((part, index) => {
      const length = part.data.length / before;
      for (let at = row * length; at < (row + 1) * length; at++) joined.push(numbers[index]![at]!);
    });
  }
  return tensorFromNumbers(first.dtype, dims, joined);
}

function gather(node: Node, [x, indices]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x || !indices) return undefined;
  const axis = normaliseAxis(intAttribute(node, 'axis', 0), x.dims.length, node.name);
  const [length, inner] = [x.dims[axis]!, elementCount(x.dims.slice(axis + 1))];
  const places = tensorInts(indices).map((index) => (index < 0 ? index + length : index));
  if (places.some((place) => place < 0 || place >= length)) return undefined;
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const outer = elementCount(x.dims.slice(0, axis));
  return picked(x, dims, () =>
    Int32Array.from({ length: outer * places.length * inner }, (_, at) => {
      const row = Math.floor(at / (places.length * inner));
      return (row * length + places[Math.floor(at / inner) % places.length]!) * inner + (at % inner);
    }),
  );
}

function slice(node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [x] = inputs;
  const ranges = x && sliceRange(node, x.dims, (index) => inputs[index]);
  if (!x || !ranges) return undefined;
  const strides = rowStrides(x.dims);
  const start = ranges.reduce((sum, part, axis) => sum + (part?.start ?? 0) * strides[axis]!, 0);
  const dims = x.dims.map((dim, axis) => (ranges[axis] ? slicedLength(ranges[axis]) : dim));
  const steps = strides.map((stride, axis) => stride * (ranges[axis]?.step ?? 1));
  return picked(x, dims, () => strided(dims, steps, start));
}

function transpose(node: Node, [x]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x) return undefined;
  const order = intsAttribute(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  const strides = rowStrides(x.dims);
  const dims = order.map((axis) => x.dims[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  return picked(x, dims, () => strided(dims, steps));
}

function expand(node: Node, [x, shape]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x || !shape) return undefined;
  const dims = broadcastDims(x.dims, tensorInts(shape), `Expand "${node.name}"`) as readonly number[];
  return picked(x, dims, () => positions(x.dims, dims));
}

function tile(_node: Node, [x, repeats]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!x || !repeats) return undefined;
  const times = tensorInts(repeats);
  const dims = x.dims.map((length, axis) => length * times[axis]!);
  const strides = rowStrides(x.dims);
  return picked(x, dims, () => {
    // Each axis as two: how often, and what.
    const pairs = x.dims.flatMap((length, axis) => [times[axis]!, length]);
    return strided(
      pairs,
      strides.flatMap((stride) => [0, stride]),
    );
  });
}

function cumulativeSum(node: Node, [x, along]: readonly (Tensor | undefined)[]): Tensor | undefined {
  const numbers = x && elementCount(x.dims) <= LARGEST_CONSTANT ? numbersOf(x) : undefined;
  if (!x || !along || !numbers) return undefined;
  const axis = normaliseAxis(tensorInts(along)[0]!, x.dims.length, node.name);
  const [length, inner] = [x.dims[axis]!, elementCount(x.dims.slice(axis + 1))];
  const [exclusive, reverse] = [intAttribute(node, 'exclusive', 0), intAttribute(node, 'reverse', 0)];
  const sums = new Float64Array(numbers.length);
  for (let start = 0; start < sums.length; start++) {
    if (Math.floor(start / inner) % length !== 0) continue;
    let sum = 0;
    for (let step = 0; step < length; step++) {
      const at = start + (reverse ? length - 1 - step : step) * inner;
      sums[at] = exclusive ? sum : sum + numbers[at]!;
      sum += numbers[at]!;
    }
  }
  return tensorFromNumbers(x.dtype, x.dims, sums);
}

function range(_node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [start, limit, step] = inputs.map((input) => input && numbersOf(input)?.[0]);
  if (start === undefined || limit === undefined || !step) return undefined;
  const length = Math.max(Math.ceil((limit - start) / step), 0);
  if (length > LARGEST_CONSTANT) return undefined;
  const numbers = Float64Array.from({ length }, (_, at) => start + at * step);
  return tensorFromNumbers(inputs[0]!.dtype, [length], numbers);
}

function rowStrides(dims: readonly number[]): readonly number[] {
  return dims.map((_, axis) => elementCount(dims.slice(axis + 1)));
}

/** Elements of a constant in a new order; undefined where there would be too many. */
function picked(x: Tensor, dims: readonly number[], from: () => Int32Array): Tensor | undefined {
  const numbers = elementCount(dims) > LARGEST_CONSTANT ? undefined : numbersOf(x);
  return (
    numbers &&
    tensorFromNumbers(
      x.dtype,
      dims,
      Float64Array.from(from(), (at) => numbers[at]!),
    )
  );
}

function constantOfShape(node: Node, [shape]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!shape) return undefined;
  const dims = tensorInts(shape);
  const fill = tensorAttribute(node, 'value');
  const value = fill && numbersOf(fill)?.[0];
  if (elementCount(dims) > LARGEST_CONSTANT || (fill && value === undefined)) return undefined;
  const numbers = new Float64Array(elementCount(dims)).fill(value ?? 0);
  return tensorFromNumbers(fill?.dtype ?? 'float32', dims, numbers);
}
