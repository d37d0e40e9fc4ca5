import { floatAttribute, intAttribute } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { countReaders } from './fold-batch-normalization.ts';
import { keepReachable } from './reachable.ts';
import { floatTensor } from './tensor.ts';
import type { Graph, Node } from './types.ts';

/**
 * Moves inference-mode batch normalisation into the convolution before it inside the graph: weights times
 * scale/√(variance + ε) are computed at every step from parameters that stay apart. The trained parameters and
 * their gradients are exactly those of the separate normalisation, but no pass over the feature maps is spent on it.
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
    if (conv) absorb(builder, node, conv, variable);
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

function absorb(builder: GraphBuilder, node: Node, conv: Node, variable: ReadonlySet<string>): void {
  const [x, weights, bias] = conv.inputs;
  const [, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
  const emit = (operator: string, inputs: readonly string[]) =>
    builder.op(operator, inputs, { name: `${node.name}/absorbed/${operator}` });
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const factor = variable.has(variance)
    ? emit('Div', [scale, emit('Sqrt', [emit('Add', [variance, builder.scalar(epsilon)])])])
    : emit('Mul', [scale, inverseDeviation(builder, node, { variance, epsilon })]);
  const perOutput = builder.dims(weights!).map((dim, axis) => (axis === 0 ? dim : 1));
  const scaled = emit('Mul', [weights!, builder.reshape(factor, perOutput)]);
  const centre = bias ? emit('Sub', [mean, bias]) : mean;
  const offset = emit('Sub', [shift, emit('Mul', [factor, centre])]);
  builder.add({ ...conv, inputs: [x!, scaled, offset], outputs: node.outputs.slice(0, 1) });
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
