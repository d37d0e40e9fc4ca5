import { attributes, int, intAttribute, ints, intsAttribute } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { divideDims, lengthPerImage } from './dims.ts';
import { normaliseAxis } from './shapes.ts';
import type { Dim, Node } from './types.ts';

/** The number of images a network was exported for, usually one, and the name that stands for any number of them. */
export interface OpenedBatch {
  readonly exported: number;
  readonly name: string;
}

/**
 * A node of a network that was exported for a fixed number of images, for any number: the lengths in which the exporter
 * wrote that number down are left open.
 */
export function withOpenBatch(builder: GraphBuilder, node: Node, batch: OpenedBatch): Node {
  return node.domain === '' ? (rules[node.operator]?.(builder, node, batch) ?? node) : node;
}

const rules: Readonly<Record<string, (builder: GraphBuilder, node: Node, batch: OpenedBatch) => Node>> = {
  Reshape: openReshape,
  Concat: openConcat,
  Resize: openResize,
  Expand: openExpand,
};

/** The axis of a shape that grows with the number of images; -1 for none. */
function batchAxis(dims: readonly Dim[] | null | undefined, { name }: OpenedBatch): number {
  return dims?.findIndex((dim) => divideDims(dim, name) !== undefined) ?? -1;
}

const product = (dims: readonly Dim[]) => dims.reduce<number>((all, dim) => all * lengthPerImage(dim), 1);

/**
 * The target's axis with as many elements before it as there are before the images becomes the computed one. All others keep
 * the lengths they were written with.
 */
function openReshape(builder: GraphBuilder, node: Node, batch: OpenedBatch): Node {
  const { dims } = builder.typeOf(node.inputs[0]!);
  const target = builder.initializers.get(node.inputs[1]!);
  const axis = batchAxis(dims, batch);
  if (!dims || axis < 0 || target?.dtype !== 'int64' || target.data.length === 0) return node;
  const copies = intAttribute(node, 'allowzero', 0) === 0;
  const wanted = Array.from(target.data, Number);
  const isElse = (dim: Dim, at: number) => at !== axis && typeof dim === 'string';
  // Lengths that nobody knows yet cannot be counted: only a leading batch is then told apart.
  if (dims.some(isElse))
    return withTarget(builder, node, axis === 0 ? leading(wanted, batch, copies) : wanted);
  const { exported } = batch;
  const written = resolved(
    wanted.map((length, at) => (length === 0 && copies ? lengthOf(dims[at], exported) : length)),
    product(dims) * exported,
  );
  const before = product(dims.slice(0, axis));
  const open = written.findIndex((_, at) => product(written.slice(0, at)) === before);
  if (open < 0 || written[open]! % exported !== 0) return node;
  return withTarget(builder, node, written.with(open, -1));
}

/** Next to a computed length only the batch as it came can be copied; elsewhere the first length takes what is left. */
function leading(target: readonly number[], { exported }: OpenedBatch, copies: boolean): readonly number[] {
  if (target[0] !== exported) return target;
  if (!target.includes(-1)) return target.with(0, -1);
  return copies ? target.with(0, 0) : target;
}

function withTarget(builder: GraphBuilder, node: Node, target: readonly number[]): Node {
  return { ...node, inputs: [node.inputs[0]!, builder.ints(target)] };
}

function lengthOf(dim: Dim | undefined, exported: number): number {
  return dim === undefined ? 0 : lengthPerImage(dim) * (typeof dim === 'string' ? exported : 1);
}

/** A target with its computed length as a number. */
function resolved(target: readonly number[], elements: number): readonly number[] {
  const known = target.filter((length) => length !== -1).reduce((all, length) => all * length, 1);
  return target.map((length) => (length === -1 ? elements / known : length));
}

/** A constant that is put beside every image, such as a class token, is repeated for each of them. */
function openConcat(builder: GraphBuilder, node: Node, batch: OpenedBatch): Node {
  const types = node.inputs.map((input) => builder.typeOf(input));
  const image = types.findIndex((type) => batchAxis(type.dims, batch) === 0);
  const dims = types[image]?.dims;
  const { exported } = batch;
  if (!dims || normaliseAxis(intAttribute(node, 'axis', 0), dims.length, node.name) === 0) return node;
  const inputs = node.inputs.map((input, at) => {
    const own = types[at]!.dims;
    const isAlone = own?.[0] === exported && own.every((dim) => typeof dim === 'number');
    // What an exporter repeated for its own number of images is the same for each.
    return isAlone
      ? repeated(builder, node, firstOnly(builder, input, exported), node.inputs[image]!)
      : input;
  });
  return { ...node, inputs };
}

function firstOnly(builder: GraphBuilder, value: string, exported: number): string {
  if (exported === 1) return value;
  return builder.op('Slice', [value, builder.ints([0]), builder.ints([1]), builder.ints([0])]);
}

/** A value of one image, as often as there are images in another one. */
function repeated(builder: GraphBuilder, node: Node, value: string, like: string): string {
  const count = builder.op('Shape', [like], {
    name: `${node.name}/Shape`,
    attributes: attributes({ start: int(0), end: int(1) }),
  });
  const rest = builder.ints(builder.dims(value).slice(1));
  const target = builder.op('Concat', [count, rest], {
    name: `${node.name}/Concat`,
    attributes: attributes({ axis: int(0) }),
  });
  return builder.op('Expand', [value, target], { name: `${node.name}/Expand` });
}

/** Sizes are kept for the axes that are resized only. */
function openResize(builder: GraphBuilder, node: Node): Node {
  const { dims } = builder.typeOf(node.inputs[0]!);
  const sizes = builder.initializers.get(node.inputs[3] ?? '');
  if (!dims || typeof dims[0] !== 'string' || sizes === undefined || sizes.data.length !== dims.length)
    return node;
  if (intsAttribute(node, 'axes') !== undefined) return node;
  const wanted = Array.from(sizes.data, Number);
  const axes = dims.flatMap((dim, axis) => (axis > 0 && wanted[axis] !== dim ? [axis] : []));
  const kept = axes.length === 0 ? [dims.length - 1] : axes;
  const [x] = node.inputs as [string];
  return {
    ...node,
    inputs: [x, '', '', builder.ints(kept.map((axis) => wanted[axis]!))],
    attributes: new Map([...node.attributes, ['axes', ints(kept)]]),
  };
}

/** A target says how often each axis is repeated; the images are not. */
function openExpand(builder: GraphBuilder, node: Node, batch: OpenedBatch): Node {
  const { dims } = builder.typeOf(node.inputs[0]!);
  const target = builder.initializers.get(node.inputs[1]!);
  const axis = batchAxis(dims, batch);
  if (!dims || axis < 0 || target?.dtype !== 'int64') return node;
  const wanted = Array.from(target.data, Number);
  const at = axis + wanted.length - dims.length;
  if (at < 0 || wanted[at] !== lengthOf(dims[axis], batch.exported)) return node;
  return withTarget(builder, node, wanted.with(at, 1));
}
