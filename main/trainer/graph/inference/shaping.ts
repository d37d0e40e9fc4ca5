import { intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import { divideDims, multiplyDims, productOfDims } from '../dims.ts';
import { NetworkError } from '../errors.ts';
import { broadcastDims, normaliseAxis } from '../shapes.ts';
import type { Dim, ValueType } from '../types.ts';
import { knownInts } from './known-values.ts';
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
  registerInference(['Tile'], tile);
  registerInference(['Range'], range);
  registerInference(['ConstantOfShape'], (context) => [
    {
      dtype: tensorAttribute(context.node, 'value')?.dtype ?? 'float32',
      dims: knownInts(context, 0) ?? null,
    },
  ]);
}

function rankOf(context: InferenceContext): readonly Dim[] | null {
  const { dims } = firstInput(context);
  return dims && [dims.length];
}

function reshape(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const wanted = knownInts(context, 1);
  if (dims === null || wanted === undefined) return sameType(context, null);
  const keepZero = intAttribute(context.node, 'allowzero', 0) !== 0;
  const result: Dim[] = wanted.map((dim, axis) => (dim === 0 && !keepZero ? (dims[axis] ?? 0) : dim));
  const open = result.indexOf(-1);
  const known = productOfDims(result.filter((_, axis) => axis !== open));
  const total = productOfDims(dims);
  if (open >= 0) result[open] = divideDims(total, known) ?? openLength(context, dims, total, known);
  else if (typeof total === 'number' && typeof known === 'number' && total !== known)
    throw misfit(context, dims);
  return sameType(context, result);
}

function openLength(context: InferenceContext, dims: readonly Dim[], total: Dim, known: Dim): Dim {
  if (typeof total === 'number' && typeof known === 'number') throw misfit(context, dims);
  return `${context.node.name}.rest`;
}

function misfit({ node }: InferenceContext, dims: readonly Dim[]): NetworkError {
  return new NetworkError(
    'SHAPE_MISMATCH',
    `Reshape "${node.name}" cannot make [${dims.join(', ')}] fit its target.`,
    { operator: 'Reshape', node: node.name },
  );
}

function flatten(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  if (dims === null) return sameType(context, null);
  const axis = intAttribute(context.node, 'axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return sameType(context, [productOfDims(dims.slice(0, at)), productOfDims(dims.slice(at))]);
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
  const wanted = knownInts(context, 1);
  return sameType(
    context,
    dims && wanted ? broadcastDims(dims, wanted, `Expand "${context.node.name}"`) : null,
  );
}

/** Only the usual case of a named length: from 0 in steps of 1. */
function range(context: InferenceContext): readonly ValueType[] {
  const [start, limit, step] = [0, 1, 2].map((index) => knownInts(context, index)?.[0]);
  if (typeof start === 'number' && typeof limit === 'number' && typeof step === 'number')
    return sameType(context, [Math.max(Math.ceil((limit - start) / step), 0)]);
  return sameType(context, start === 0 && step === 1 && limit !== undefined ? [limit] : null);
}

function tile(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const repeats = knownInts(context, 1);
  return sameType(
    context,
    dims && repeats ? dims.map((dim, axis) => multiplyDims(dim, repeats[axis]!)) : null,
  );
}

function resize(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  if (dims === null) return sameType(context, null);
  const axes = intsAttribute(context.node, 'axes') ?? dims.map((_, axis) => axis);
  const sizes = context.node.inputs[3] ? knownInts(context, 3) : undefined;
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
