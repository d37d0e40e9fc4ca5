import { intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import { NetworkError } from './errors.ts';
import type { Dim, Node } from './types.ts';

/** A convolution's or pooling's window with every default and automatic padding resolved to numbers. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before each spatial axis, and after it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Spatial input and output lengths; a name where the length is only known at run time. */
  readonly input: readonly Dim[];
  readonly output: readonly Dim[];
}

/** Resolves kernel, strides, dilations and padding (auto_pad, ceil_mode) of a Conv or pooling node for an input [N, C, …spatial]. */
export function windowGeometry(node: Node, input: readonly Dim[], kernel: readonly number[]): WindowGeometry {
  const spatial = input.slice(2);
  const rank = spatial.length;
  const strides = intsAttribute(node, 'strides') ?? spatial.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? spatial.map(() => 1);
  if (kernel.length !== rank || strides.length !== rank || dilations.length !== rank) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `${node.operator} "${node.name}" has a window of another rank than its input.`,
      {
        operator: node.operator,
        node: node.name,
      },
    );
  }
  const before: number[] = [];
  const after: number[] = [];
  const output: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const [head, tail] = padding(node, axis, rank, spatial[axis]!, reach, strides[axis]!);
    before.push(head);
    after.push(tail);
    output.push(outputLength(node, axis, spatial[axis]!, head + tail, reach, strides[axis]!));
  }
  return { kernel, strides, dilations, before, after, input: spatial, output };
}

function padding(
  node: Node,
  axis: number,
  rank: number,
  length: Dim,
  reach: number,
  stride: number,
): [number, number] {
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (automatic === 'VALID') return [0, 0];
  if (automatic === 'NOTSET' || automatic === '') {
    const pads = intsAttribute(node, 'pads');
    return [pads?.[axis] ?? 0, pads?.[axis + rank] ?? 0];
  }
  if (typeof length !== 'number') {
    throw new NetworkError(
      'UNKNOWN_SHAPE',
      `${node.operator} "${node.name}" pads by input size, which is not known yet; fix the image size first.`,
      { operator: node.operator, node: node.name },
    );
  }
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
  const small = Math.floor(total / 2);
  return automatic === 'SAME_UPPER' ? [small, total - small] : [total - small, small];
}

function outputLength(
  node: Node,
  axis: number,
  length: Dim,
  pads: number,
  reach: number,
  stride: number,
): Dim {
  if (typeof length !== 'number') return `${node.name}.${axis}`;
  const steps = (length + pads - reach) / stride;
  if (steps < 0) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `${node.operator} "${node.name}" has a window of ${reach} on an input of ${length} pixels; use a larger image size.`,
      {
        operator: node.operator,
        node: node.name,
        reason: 'windowTooLarge',
        params: { reach, length },
      },
    );
  }
  if (intAttribute(node, 'ceil_mode', 0) === 0) return Math.floor(steps) + 1;
  const rounded = Math.ceil(steps) + 1;
  // A last window that would start in the padding behind the input is dropped, as in PyTorch and ONNX Runtime.
  const begin = (rounded - 1) * stride - (intsAttribute(node, 'pads')?.[axis] ?? 0);
  return begin >= length ? rounded - 1 : rounded;
}

/** A ConvTranspose's window as that of the convolution it reverses, and the spatial lengths of its own output. */
export interface TransposedGeometry {
  /** `input` is the transposed convolution's output, `output` its input. */
  readonly geometry: WindowGeometry;
  readonly output: readonly Dim[];
}

/** Resolves padding and output lengths of a ConvTranspose node (auto_pad, output_padding, output_shape) for an input [N, C, …spatial]. */
export function transposedGeometry(
  node: Node,
  input: readonly Dim[],
  kernel: readonly number[],
): TransposedGeometry {
  const spatial = input.slice(2);
  const rank = spatial.length;
  const ones = spatial.map(() => 1);
  const strides = intsAttribute(node, 'strides') ?? ones;
  const dilations = intsAttribute(node, 'dilations') ?? ones;
  const extra = intsAttribute(node, 'output_padding') ?? spatial.map(() => 0);
  const wanted = intsAttribute(node, 'output_shape')?.slice(-rank);
  const given = intsAttribute(node, 'pads');
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET');
  const same = automatic === 'SAME_UPPER' || automatic === 'SAME_LOWER';
  const before: number[] = [];
  const after: number[] = [];
  const output = spatial.map((length, axis): Dim => {
    if (typeof length !== 'number') return `${node.name}.${axis}`;
    const stride = strides[axis]!;
    const full = (length - 1) * stride + extra[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1;
    const size = wanted?.[axis] ?? (same ? length * stride : undefined);
    if (size === undefined) {
      before.push(automatic === 'VALID' ? 0 : (given?.[axis] ?? 0));
      after.push(automatic === 'VALID' ? 0 : (given?.[axis + rank] ?? 0));
      return full - before[axis]! - after[axis]!;
    }
    const total = Math.max(full - size, 0);
    const small = Math.floor(total / 2);
    before.push(automatic === 'SAME_UPPER' ? small : total - small);
    after.push(automatic === 'SAME_UPPER' ? total - small : small);
    return full - total;
  });
  return { geometry: { kernel, strides, dilations, before, after, input: output, output: spatial }, output };
}
