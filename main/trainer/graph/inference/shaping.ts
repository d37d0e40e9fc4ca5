import { intAttribute, intsAttribute } from '../attributes.ts';
import { NetworkError } from '../errors.ts';
import { broadcastDims, normaliseAxis } from '../shapes.ts';
import type { Dim, ValueType } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { constantAxes, constantInts, firstInput, registerInference, sameType } from './registry.ts';
import { slicedLength, sliceRange } from './slice.ts';

/** Shape rules of operators that move elements without computing on them. */
export function registerShaping(): void {
  registerInference(['Reshape'], reshape);
  registerInference(['Flatten'], flatten);
  registerInference(['Transpose'], transpose);
  registerInference(['Squeeze'], squeeze);
  registerInference(['Unsqueeze'], unsqueeze);
  registerInference(['Concat'], concat);
  registerInference(['Split'], split);
  registerInference(['Slice'], slice);
  registerInference(['Pad'], pad);
  registerInference(['Expand'], expand);
  registerInference(['Resize'], resize);
  registerInference(['Shape'], (context) => [{ dtype: 'int64', dims: rankOf(context) }]);
  registerInference(['Size'], () => [{ dtype: 'int64', dims: [] }]);
  registerInference(['ConstantOfShape'], (context) => [
    { dtype: 'float32', dims: constantInts(context, 0) ?? null },
  ]);
}

function rankOf(context: InferenceContext): readonly Dim[] | null {
  const { dims } = firstInput(context);
  return dims && [dims.length];
}

function reshape(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const wanted = constantInts(context, 1);
  if (dims === null || wanted === undefined) return sameType(context, null);
  const keepZero = intAttribute(context.node, 'allowzero', 0) !== 0;
  const result: Dim[] = wanted.map((dim, axis) => (dim === 0 && !keepZero ? dims[axis]! : dim));
  const open = result.indexOf(-1);
  if (open >= 0)
    result[open] = missingLength(
      context,
      dims,
      result.filter((_, axis) => axis !== open),
    );
  return sameType(context, result);
}

function missingLength(context: InferenceContext, dims: readonly Dim[], known: readonly Dim[]): Dim {
  const left = [...dims];
  for (const name of known.filter((dim) => typeof dim === 'string')) left.splice(left.indexOf(name), 1);
  const names = left.filter((dim) => typeof dim === 'string');
  const total = left.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1);
  const taken = known.reduce<number>(
    (product, dim) => (typeof dim === 'number' ? product * dim : product),
    1,
  );
  if (names.length === 0 && total % taken === 0) return total / taken;
  if (names.length === 1 && total === taken) return names[0]!;
  if (names.length > 0) return `${context.node.name}.rest`;
  throw new NetworkError(
    'SHAPE_MISMATCH',
    `Reshape "${context.node.name}" cannot make [${dims.join(', ')}] fit its target.`,
    {
      operator: 'Reshape',
      node: context.node.name,
    },
  );
}

function flatten(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  if (dims === null) return sameType(context, null);
  const axis = intAttribute(context.node, 'axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return sameType(context, [
    product(context, dims.slice(0, at), 'head'),
    product(context, dims.slice(at), 'tail'),
  ]);
}

function product(context: InferenceContext, dims: readonly Dim[], part: string): Dim {
  if (dims.length === 1) return dims[0]!;
  if (dims.every((dim) => typeof dim === 'number'))
    return dims.reduce<number>((total, dim) => total * (dim as number), 1);
  return `${context.node.name}.${part}`;
}

function transpose(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const order = intsAttribute(context.node, 'perm') ?? dims?.map((_, axis) => dims.length - 1 - axis) ?? [];
  return sameType(context, dims && order.map((axis) => dims[axis]!));
}

function squeeze(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  if (dims === null) return sameType(context, null);
  const axes = context.node.inputs[1]
    ? constantAxes(context, 1, dims.length)
    : dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  return sameType(context, axes === undefined ? null : dims.filter((_, axis) => !axes.includes(axis)));
}

function unsqueeze(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const given = constantInts(context, 1);
  if (dims === null || given === undefined) return sameType(context, null);
  const rank = dims.length + given.length;
  const axes = given.map((axis) => normaliseAxis(axis, rank, context.node.name));
  let next = 0;
  return sameType(
    context,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : dims[next++]!)),
  );
}

function concat(context: InferenceContext): readonly ValueType[] {
  const shapes = context.inputs.map((input) => input?.dims ?? null);
  const first = shapes[0];
  if (!first || shapes.includes(null)) return sameType(context, null);
  const axis = normaliseAxis(intAttribute(context.node, 'axis', 0), first.length, context.node.name);
  const lengths = shapes.map((dims) => dims![axis]!);
  const total = lengths.every((dim) => typeof dim === 'number')
    ? lengths.reduce<number>((sum, dim) => sum + (dim as number), 0)
    : `${context.node.name}.${axis}`;
  return sameType(
    context,
    first.map((dim, at) => (at === axis ? total : dim)),
  );
}

function split(context: InferenceContext): readonly ValueType[] {
  const { node } = context;
  const { dims, dtype } = firstInput(context);
  const axis = dims ? normaliseAxis(intAttribute(node, 'axis', 0), dims.length, node.name) : 0;
  const length = dims?.[axis];
  const sizes = node.inputs[1]
    ? constantInts(context, 1)
    : typeof length === 'number'
      ? node.outputs.map((_, part) =>
          Math.max(
            0,
            Math.min(
              Math.ceil(length / node.outputs.length),
              length - part * Math.ceil(length / node.outputs.length),
            ),
          ),
        )
      : undefined;
  return node.outputs.map((_, part) => ({
    dtype,
    dims: dims && sizes ? dims.map((dim, at) => (at === axis ? sizes[part]! : dim)) : null,
  }));
}

function slice(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const range = dims && sliceRange(context.node, dims, context.constant);
  if (!dims || !range) return sameType(context, null);
  return sameType(
    context,
    dims.map((dim, axis) => {
      const part = range[axis];
      return part ? slicedLength(part) : dim;
    }),
  );
}

function pad(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const pads = constantInts(context, 1);
  if (!dims || !pads) return sameType(context, null);
  const axes = context.node.inputs[3] ? constantAxes(context, 3, dims.length) : dims.map((_, axis) => axis);
  if (!axes) return sameType(context, null);
  const result = [...dims];
  axes.forEach((axis, at) => {
    const extra = pads[at]! + pads[at + axes.length]!;
    const dim = result[axis]!;
    result[axis] = typeof dim === 'number' ? dim + extra : extra === 0 ? dim : `${context.node.name}.${axis}`;
  });
  return sameType(context, result);
}

function expand(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const wanted = constantInts(context, 1);
  return sameType(
    context,
    dims && wanted ? broadcastDims(dims, wanted, `Expand "${context.node.name}"`) : null,
  );
}

function resize(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  if (dims === null) return sameType(context, null);
  const axes = intsAttribute(context.node, 'axes') ?? dims.map((_, axis) => axis);
  const sizes = context.node.inputs[3] ? constantInts(context, 3) : undefined;
  const scales = context.constant(2);
  const result = [...dims];
  for (const [at, given] of axes.entries()) {
    const axis = normaliseAxis(given, dims.length, context.node.name);
    const dim = dims[axis]!;
    if (sizes) result[axis] = sizes[at]!;
    else if (scales?.dtype !== 'float32') return sameType(context, null);
    else if (typeof dim === 'number') result[axis] = Math.floor(dim * scales.data[at]!);
    else if (scales.data[at] !== 1) result[axis] = `${context.node.name}.${axis}`;
  }
  return sameType(context, result);
}
