import type { Graph } from '../graph/types.ts';

/** A network whose initializers are called otherwise. */
export function withNames(network: Graph, rename: (initializer: string) => string): Graph {
  const names = new Map([...network.initializers.keys()].map((name) => [name, rename(name)]));
  if ([...names].every(([name, given]) => name === given)) return network;
  const given = (name: string) => names.get(name) ?? name;
  return {
    ...network,
    nodes: network.nodes.map((node) => ({ ...node, inputs: node.inputs.map(given) })),
    initializers: new Map([...network.initializers].map(([name, value]) => [given(name), value])),
    types: new Map([...network.types].map(([name, type]) => [given(name), type])),
  };
}
