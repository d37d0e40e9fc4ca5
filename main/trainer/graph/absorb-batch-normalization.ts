import { floatAttribute, intAttribute } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { countReaders } from './fold-batch-normalization.ts';
import { keepReachable } from './reachable.ts';
import { elementCount, floatTensor } from './tensor.ts';
import type { Graph, Node } from './types.ts';

/**
 * Writes inference-mode batch normalisation behind a convolution as a factor, scale/√(variance + ε), and an offset, both
 * computed at every step from parameters that stay apart: the trained parameters and their gradients are exactly those of
 * the separate normalisation. The factor is put on the convolution's weights, so that no pass over the feature maps is
 * spent on it, or on the maps where these are the smaller ones (the last blocks of a ResNet).
 * `variable`: running statistics that are not the same in every run, so that what is made of them is no constant.
 */
export function absorbBatchNormalization(graph: Graph, variable: ReadonlySet<string> = new Set()): Graph {
  const readers = countReaders(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const partners = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const conv = producers.get(node.inputs[0] ?? '');
    if (node.operator === 'BatchNormalization' && conv && absorbable(node, conv, readers, graph))
      partners.set(node, conv);
  }
  const moved = new Set(partners.values());
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  for (const node of graph.nodes) {
    const conv = partners.get(node);
    if (conv) absorb(builder, { node, conv, onMaps: mapsAreSmaller(graph, conv) }, variable);
    else if (!moved.has(node)) builder.add(node);
  }
  return keepReachable(
    builder.finish(
      graph.name,
      graph.outputs.map((output) => output.name),
    ),
  );
}

function absorbable(node: Node, conv: Node, readers: ReadonlyMap<string, number>, graph: Graph): boolean {
  if (intAttribute(node, 'training_mode', 0) !== 0) return false;
  if (conv.operator !== 'Conv' || readers.get(conv.outputs[0]!) !== 1) return false;
  const statistics = [
    graph.initializers.get(node.inputs[3] ?? ''),
    graph.initializers.get(node.inputs[4] ?? ''),
  ];
  return graph.initializers.has(conv.inputs[1]!) && statistics.every((value) => value?.dtype === 'float32');
}

/** A normalisation, the convolution before it, and whether its factor is put on the maps between them. */
interface Absorbed {
  readonly node: Node;
  readonly conv: Node;
  readonly onMaps: boolean;
}

function absorb(
  builder: GraphBuilder,
  { node, conv, onMaps }: Absorbed,
  variable: ReadonlySet<string>,
): void {
  const [x, weights, bias] = conv.inputs as [string, string, string?];
  const [, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
  const emit = (operator: string, inputs: readonly string[]) =>
    builder.op(operator, inputs, { name: `${node.name}/absorbed/${operator}` });
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const factor = variable.has(variance)
    ? emit('Div', [scale, emit('Sqrt', [emit('Add', [variance, builder.scalar(epsilon)])])])
    : emit('Mul', [scale, inverseDeviation(builder, node, { variance, epsilon })]);
  const sizes = builder.dims(weights);
  const along = (axis: number, value: string) =>
    builder.reshape(
      value,
      sizes.map((_, at) => (at === axis ? sizes[0]! : 1)),
    );
  const output = node.outputs[0]!;
  if (onMaps) {
    builder.add(conv);
    const offset = emit('Sub', [shift, emit('Mul', [factor, mean])]);
    const scaled = emit('Mul', [conv.outputs[0]!, along(1, factor)]);
    builder.alias(emit('Add', [scaled, along(1, offset)]), output);
    return;
  }
  const scaled = emit('Mul', [weights, along(0, factor)]);
  const centre = bias ? emit('Sub', [mean, bias]) : mean;
  const offset = emit('Sub', [shift, emit('Mul', [factor, centre])]);
  builder.add({ ...conv, inputs: [x!, scaled, offset], outputs: [output] });
}

/** Elements by which maps must be smaller than weights: what a few hundred thousand of them take is not noticed. */
const NOTICEABLE = 2 ** 19;

/** Whether a convolution's maps have far fewer elements than its weights; of a batch that is not known they have not. */
function mapsAreSmaller({ types, initializers }: Graph, conv: Node): boolean {
  const maps = types.get(conv.outputs[0]!)?.dims ?? [null];
  const isKnown = maps.every((dim) => typeof dim === 'number');
  return isKnown && elementCount(initializers.get(conv.inputs[1]!)!.dims) - elementCount(maps) > NOTICEABLE;
}

function inverseDeviation(
  builder: GraphBuilder,
  node: Node,
  { variance, epsilon }: { readonly variance: string; readonly epsilon: number },
): string {
  const values = builder.initializers.get(variance);
  const inverse = Float32Array.from(values!.data as Float32Array, (value) => 1 / Math.sqrt(value + epsilon));
  return builder.constant(floatTensor([inverse.length], inverse), `${node.name}/absorbed/inverse-deviation`);
}
