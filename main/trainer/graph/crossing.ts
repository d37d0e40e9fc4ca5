import type { Graph, Node } from './types.ts';

/** More values than this are not kept side by side. */
export const MOST_VALUES = 4;

/**
 * The nodes of a specialised graph after which it can be cut, with the values at which: all that is computed from the image up
 * to there and read by later nodes or the outputs. One value where everything passes through it; several where ways run side
 * by side, such as resolutions, or around, such as skip connections.
 */
export function cutPlaces(graph: Graph): ReadonlyMap<Node, readonly string[]> {
  const batch = graph.inputs[0]?.dims?.[0];
  const isOfEachImage = (value: string) => {
    const type = graph.types.get(value);
    return type?.dtype === 'float32' && type.dims?.[0] === batch;
  };
  const given = new Set(graph.inputs.map(({ name }) => name));
  const unfinished = readByNormalisationOnly(graph);
  const places = new Map<Node, readonly string[]>();
  for (const [node, values] of crossingValues(graph)) {
    if (values.length === 0 || values.length > MOST_VALUES || !values.every(isOfEachImage)) continue;
    if (values.length > 1 && values.some((value) => given.has(value) || unfinished.has(value))) continue;
    places.set(node, values);
  }
  return places;
}

/**
 * For every node the values computed from the image up to it (itself included) that later nodes or the outputs read. Values
 * that hold a shape are not counted, since a part of a network can compute its own.
 */
function crossingValues(graph: Graph): ReadonlyMap<Node, readonly string[]> {
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

/** Values that are gone once batch normalisations are folded into what is before them. */
function readByNormalisationOnly(graph: Graph): ReadonlySet<string> {
  const [normalised, others] = [new Set<string>(), new Set(graph.outputs.map(({ name }) => name))];
  for (const { operator, inputs } of graph.nodes)
    for (const input of inputs) (operator === 'BatchNormalization' ? normalised : others).add(input);
  return new Set([...normalised].filter((value) => !others.has(value)));
}
