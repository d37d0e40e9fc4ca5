import { attributes, floatAttribute, int, intAttribute } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { keepReachable } from './reachable.ts';
import type { Graph, Node } from './types.ts';

/** Replaces GroupNormalization nodes by operators that have derivatives, so that a network using them can be trained. */
export function decomposeGroupNormalization(graph: Graph): Graph {
  if (!graph.nodes.some((node) => node.operator === 'GroupNormalization')) return graph;
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  for (const node of graph.nodes) {
    if (node.operator === 'GroupNormalization')
      builder.alias(groupNormalizationNode(builder, node), node.outputs[0]!);
    else builder.add(node);
  }
  return keepReachable(
    builder.finish(
      graph.name,
      graph.outputs.map((output) => output.name),
    ),
  );
}

/** Writes a GroupNormalization node (opset 21: scale and shift per channel) out; returns the name of its result. */
export function groupNormalizationNode(builder: GraphBuilder, node: Node): string {
  const [x, scale, shift] = node.inputs as [string, string, string];
  return groupNormalization(builder, x, {
    groups: intAttribute(node, 'num_groups', 1),
    scale,
    shift,
    epsilon: floatAttribute(node, 'epsilon', 1e-5),
  });
}

/** Group normalisation written out in operators that have derivatives; x is [N, C, …], scale and shift [C]. Wu and He 2018. */
export function groupNormalization(
  builder: GraphBuilder,
  x: string,
  {
    groups,
    scale,
    shift,
    epsilon = 1e-5,
  }: { readonly groups: number; readonly scale: string; readonly shift: string; readonly epsilon?: number },
): string {
  const [batch, channels, ...spatial] = builder.typeOf(x).dims ?? [];
  const emit = (operator: string, inputs: readonly string[], keep?: boolean) =>
    builder.op(operator, inputs, keep ? { attributes: attributes({ keepdims: int(1) }) } : {});
  const grouped = builder.reshape(x, [0, groups, -1]);
  const centred = emit('Sub', [grouped, emit('ReduceMean', [grouped, builder.ints([2])], true)]);
  const variance = emit('ReduceMean', [emit('Mul', [centred, centred]), builder.ints([2])], true);
  const deviation = emit('Sqrt', [emit('Add', [variance, builder.scalar(epsilon)])]);
  const back = [typeof batch === 'number' ? batch : 0, Number(channels), ...spatial.map(Number)];
  const normalised = builder.reshape(emit('Div', [centred, deviation]), back);
  const perChannel = [1, Number(channels), ...spatial.map(() => 1)];
  const scaled = emit('Mul', [normalised, builder.reshape(scale, perChannel)]);
  return emit('Add', [scaled, builder.reshape(shift, perChannel)]);
}
