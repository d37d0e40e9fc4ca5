import { interpolationMatrix, type ResizedAxis } from '../../autodiff/derivatives/interpolation.ts';
import { intsAttribute } from '../../graph/attributes.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { NetworkError } from '../../graph/errors.ts';
import { inferNode } from '../../graph/inference/index.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { floatTensor } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';

interface NumberedAxis extends ResizedAxis {
  readonly axis: number;
}

/**
 * Resizing in the last two axes as a product by a constant matrix along each: exact, since it is linear and separable.
 * UNSUPPORTED_OPERATOR where the lengths are not known or other axes are resized.
 */
export function resizeByProducts(builder: GraphBuilder, node: Node): Node {
  const axes = resizedAxes(builder, node);
  const rank = builder.typeOf(node.inputs[0]!).dims!.length;
  // The axis that shrinks most comes first: the other then has less to do.
  axes.sort((left, right) => left.to / left.from - right.to / right.from);
  let value = node.inputs[0]!;
  let last: readonly [string, string] | undefined;
  for (const axis of axes) {
    if (last) value = builder.op('MatMul', last, { name: `${node.name}/MatMul` });
    last = operands(builder, node, axis, { value, rank });
  }
  const { name, outputs } = node;
  const plain = { name, outputs, domain: '' as const, attributes: new Map() };
  if (last === undefined) return { ...plain, operator: 'Identity', inputs: [value] };
  return { ...plain, operator: 'MatMul', inputs: last };
}

function resizedAxes(builder: GraphBuilder, node: Node): NumberedAxis[] {
  const from = builder.typeOf(node.inputs[0]!).dims;
  const to = inferNode({
    node,
    inputs: node.inputs.map((name) => (name === '' ? undefined : builder.typeOf(name))),
    constant: (index) => builder.initializers.get(node.inputs[index] ?? ''),
  })[0]?.dims;
  if (!from || !to) throw refusal(node, 'its shape is not known');
  const listed =
    intsAttribute(node, 'axes')?.map((axis) => normaliseAxis(axis, from.length, node.name)) ??
    from.map((_, axis) => axis);
  const scales = builder.initializers.get(node.inputs[2] ?? '');
  return listed.flatMap((axis, index) => {
    const [before, after] = [from[axis]!, to[axis]!];
    const given = node.inputs[3] ? undefined : scales?.data[index];
    if (before === after && (given === undefined || Number(given) === 1)) return [];
    if (typeof before !== 'number' || typeof after !== 'number')
      throw refusal(node, 'its lengths are not known before it runs');
    return [{ axis, from: before, to: after, scale: given === undefined ? after / before : Number(given) }];
  });
}

function operands(
  builder: GraphBuilder,
  node: Node,
  axis: NumberedAxis,
  { value, rank }: { readonly value: string; readonly rank: number },
): readonly [string, string] {
  const matrix = interpolationMatrix(node, axis);
  if (matrix === undefined) throw refusal(node, 'its coordinates come from a region of interest');
  const { from, to } = axis;
  if (axis.axis === rank - 2)
    return [builder.constant(floatTensor([to, from], matrix), `${node.name}/rows`), value];
  if (axis.axis !== rank - 1) throw refusal(node, 'it resizes other axes than the last two');
  const turned = Float32Array.from(
    { length: from * to },
    (_, at) => matrix[(at % to) * from + Math.floor(at / to)]!,
  );
  return [value, builder.constant(floatTensor([from, to], turned), `${node.name}/columns`)];
}

function refusal(node: Node, why: string): NetworkError {
  return new NetworkError(
    'UNSUPPORTED_OPERATOR',
    `OpenVINO has no antialiased Resize, and "${node.name}" cannot be written as products: ${why}.`,
    { operator: node.operator, node: node.name },
  );
}
