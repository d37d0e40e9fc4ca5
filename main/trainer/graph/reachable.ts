import type { Graph, Node, Tensor, ValueType } from './types.ts';

/** Drops nodes, weights and types the outputs do not depend on; inputs stay, since callers feed them. */
export function keepReachable(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) if (input !== '') needed.add(input);
    nodes.push(node);
  }
  nodes.reverse();
  const initializers = new Map<string, Tensor>([...graph.initializers].filter(([name]) => needed.has(name)));
  const alive = new Set([
    ...needed,
    ...nodes.flatMap((node) => node.outputs),
    ...graph.inputs.map((input) => input.name),
  ]);
  const types = new Map<string, ValueType>([...graph.types].filter(([name]) => alive.has(name)));
  return { ...graph, nodes, initializers, types };
}
