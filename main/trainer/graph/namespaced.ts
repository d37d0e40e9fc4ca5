import type { Graph, Node } from './types.ts';

/**
 * The same graph with a prefix before every name that is its own business: nodes, values between them, constants.
 * Inputs, outputs and the names in `keep` (weights others refer to) stay. Graphs made apart can then be joined
 * without their names meeting by chance.
 */
export function namespaced(graph: Graph, prefix: string, keep: readonly string[] = []): Graph {
  const fixed = new Set([
    '',
    ...graph.inputs.map((input) => input.name),
    ...graph.outputs.map((output) => output.name),
    ...keep,
  ]);
  const rename = (name: string) => (fixed.has(name) ? name : `${prefix}${name}`);
  const renameKeys = <Value>(map: ReadonlyMap<string, Value>) =>
    new Map([...map].map(([name, value]) => [rename(name), value]));
  const nodes = graph.nodes.map(
    (node): Node => ({
      ...node,
      name: `${prefix}${node.name}`,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }),
  );
  return { ...graph, nodes, initializers: renameKeys(graph.initializers), types: renameKeys(graph.types) };
}
