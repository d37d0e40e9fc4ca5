import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Node } from '../graph/types.ts';
import type { DropoutMask, Network } from './types.ts';

/** A residual connection: the value of its branch, added to what goes around it. */
export interface ResidualBranch {
  /** Output of the addition. */
  readonly sum: string;
  /** Which input of the addition is the branch. */
  readonly input: 0 | 1;
}

/** The longest branch that is looked at, in nodes back from the addition; real ones have a dozen. */
const LONGEST = 200;

/** The residual branches of a network of feature maps, from the image to the head. */
export function residualBranches(graph: Graph): readonly ResidualBranch[] {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  return graph.nodes.flatMap((node): ResidualBranch[] => {
    const [one, other] = node.inputs;
    if (node.operator !== 'Add' || one === undefined || other === undefined) return [];
    if (graph.initializers.has(one) || graph.initializers.has(other)) return [];
    if ((graph.types.get(node.outputs[0]!)?.dims?.length ?? 0) < 3) return [];
    if (comesFrom(other, one, producers)) return [{ sum: node.outputs[0]!, input: 1 }];
    return comesFrom(one, other, producers) ? [{ sum: node.outputs[0]!, input: 0 }] : [];
  });
}

function comesFrom(value: string, source: string, producers: ReadonlyMap<string, Node>): boolean {
  const waiting = [value];
  const seen = new Set<string>();
  while (waiting.length > 0 && seen.size < LONGEST) {
    for (const input of producers.get(waiting.pop()!)?.inputs ?? []) {
      if (input === source) return true;
      if (!seen.has(input)) waiting.push(input);
      seen.add(input);
    }
  }
  return false;
}

/**
 * Leaves residual branches out at random, each image on its own, the kept ones scaled up (Huang et al. 2016): the k-th of L
 * branches of the whole network with probability rate·k/L. The masks are inputs, as for dropout; all ones when it answers.
 * `branches`: of the whole network; those that this part lacks are passed over.
 */
export function withStochasticDepth(
  network: Network,
  branches: readonly ResidualBranch[],
  rate: number,
): Network {
  if (rate === 0) return network;
  const places = new Map(branches.map((branch, index) => [branch.sum, { ...branch, index }]));
  const { graph } = network;
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  const masks: DropoutMask[] = [];
  for (const node of graph.nodes) {
    const place = places.get(node.outputs[0] ?? '');
    if (!place) {
      builder.add(node);
      continue;
    }
    const rank = graph.types.get(place.sum)?.dims?.length ?? 4;
    const mask = {
      input: `${place.sum}.depth`,
      rate: (rate * (place.index + 1)) / branches.length,
      dims: ['N', ...new Array<number>(rank - 1).fill(1)],
    };
    const kept = builder.op(
      'Mul',
      [node.inputs[place.input]!, builder.input(mask.input, { dtype: 'float32', dims: mask.dims })],
      { name: `${mask.input}/apply` },
    );
    builder.add({ ...node, inputs: node.inputs.map((input, at) => (at === place.input ? kept : input)) });
    masks.push(mask);
  }
  const outputs = graph.outputs.map((output) => output.name);
  return { ...network, graph: builder.finish(graph.name, outputs), masks: [...network.masks, ...masks] };
}
