import type { Graph, Node } from './types.ts';

/**
 * For every node of a specialised graph, the values computed from the image up to it (itself included) that later nodes
 * or the outputs read: where it is a single one, the network can be cut there. Values that hold a shape are not counted,
 * since a part of a network can compute its own.
 */
export function crossingValues(graph: Graph): ReadonlyMap<Node, readonly string[]> {
  const lastRead = new Map<string, number>();
  graph.nodes.forEach((node, at) => {
    if (node.operator === 'Shape') return;
    for (const input of node.inputs) lastRead.set(input, at);
  });
  for (const output of graph.outputs) lastRead.set(output.name, graph.nodes.length);
  const fromImage = new Set(graph.inputs.map((input) => input.name));
  let alive = new Set(fromImage);
  const crossing = new Map<Node, readonly string[]>();
  graph.nodes.forEach((node, at) => {
    if (node.operator !== 'Shape' && node.inputs.some((input) => fromImage.has(input))) {
      for (const output of node.outputs) {
        if (output === '' || graph.types.get(output)?.values !== undefined) continue;
        fromImage.add(output);
        alive.add(output);
      }
    }
    alive = new Set([...alive].filter((value) => (lastRead.get(value) ?? -1) > at));
    crossing.set(node, [...alive]);
  });
  return crossing;
}
