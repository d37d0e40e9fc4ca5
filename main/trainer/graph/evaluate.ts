import { intAttribute, intsAttribute, tensorAttribute } from './attributes.ts';
import { slicedLength, sliceRange } from './inference/slice.ts';
import { elementTypeOf } from './onnx-types.ts';
import { normaliseAxis } from './shapes.ts';
import {
  elementCount,
  floatsFromHalf,
  floatTensor,
  intsTensor,
  tensor,
  tensorInts,
  zeros,
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
  ['ConstantOfShape', constantOfShape],
  ['Add', integers((a, b) => a + b)],
  ['Sub', integers((a, b) => a - b)],
  ['Mul', integers((a, b) => a * b)],
  ['Div', integers((a, b) => Math.trunc(a / b))],
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
  if (!x || to === undefined) return undefined;
  if (x.dtype === to) return x;
  if (to === 'float32') {
    if (x.dtype === 'float16') return floatTensor(x.dims, floatsFromHalf(x.data));
    return floatTensor(x.dims, Float32Array.from(x.data as ArrayLike<number | bigint>, Number));
  }
  if (to === 'int64' && x.dtype !== 'float16') {
    return tensor(
      'int64',
      x.dims,
      BigInt64Array.from(
        Array.from(x.data as ArrayLike<number | bigint>, (value) => BigInt(Math.trunc(Number(value)))),
      ),
    );
  }
  return undefined;
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

/** Shape arithmetic concatenates vectors of int64; anything else is left to the runtime. */
function concat(_node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const parts = inputs.filter((part) => part !== undefined);
  if (parts.some((part) => part.dtype !== 'int64' || part.dims.length !== 1)) return undefined;
  return intsTensor(parts.flatMap(tensorInts));
}

function gather(_node: Node, [x, indices]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (x?.dtype !== 'int64' || x.dims.length !== 1 || !indices) return undefined;
  const values = tensorInts(x);
  const picked = tensorInts(indices).map((index) =>
    BigInt(values[index < 0 ? index + values.length : index] ?? 0),
  );
  return tensor('int64', indices.dims, BigInt64Array.from(picked));
}

function slice(node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [x] = inputs;
  if (x?.dtype !== 'int64' || x.dims.length !== 1) return undefined;
  const range = sliceRange(node, x.dims, (index) => inputs[index])?.[0];
  if (!range) return undefined;
  const values = tensorInts(x);
  return intsTensor(
    Array.from({ length: slicedLength(range) }, (_, at) => values[range.start + at * range.step]!),
  );
}

/** Larger fills stay nodes, so that a network does not grow in memory by being read. */
const largestFill = 4096;

function constantOfShape(node: Node, [shape]: readonly (Tensor | undefined)[]): Tensor | undefined {
  if (!shape) return undefined;
  const dims = tensorInts(shape);
  const fill = tensorAttribute(node, 'value');
  if (elementCount(dims) > largestFill) return undefined;
  if (!fill) return zeros(dims);
  if (fill.dtype === 'float32')
    return floatTensor(dims, new Float32Array(elementCount(dims)).fill(fill.data[0]!));
  return fill.dtype === 'int64'
    ? tensor('int64', dims, new BigInt64Array(elementCount(dims)).fill(fill.data[0]!))
    : undefined;
}

function integers(compute: (a: number, b: number) => number): Evaluation {
  return (_node, [a, b]) => {
    if (a?.dtype !== 'int64' || b?.dtype !== 'int64' || a.dims.length > 1 || b.dims.length > 1)
      return undefined;
    const left = tensorInts(a);
    const right = tensorInts(b);
    if (left.length !== right.length && left.length !== 1 && right.length !== 1) return undefined;
    const length = Math.max(left.length, right.length);
    const values = Array.from({ length }, (_, at) =>
      BigInt(compute(left[left.length === 1 ? 0 : at]!, right[right.length === 1 ? 0 : at]!)),
    );
    return tensor('int64', a.dims.length >= b.dims.length ? a.dims : b.dims, BigInt64Array.from(values));
  };
}
