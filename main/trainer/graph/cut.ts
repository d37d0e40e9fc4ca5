import { GraphBuilder } from './builder.ts';
import { NetworkError } from './errors.ts';
import { keepReachable } from './reachable.ts';
import type { Graph } from './types.ts';

/** The two parts of a network that was cut: the prefix computes the cut values, the suffix reads them as inputs. */
export interface CutGraph {
  readonly prefix: Graph;
  readonly suffix: Graph;
}

/**
 * Cuts a specialised network at values, so that the part below can be run once and its results cached.
 * Throws UNKNOWN_VALUE for a value the network does not compute, INVALID_GRAPH where the part above
 * would still need the image (a path that goes around the cut).
 */
export function cutAt(graph: Graph, values: readonly string[]): CutGraph {
  const prefix = outputsOnly(graph, values);
  const builder = new GraphBuilder();
  for (const value of values) builder.input(value, graph.types.get(value)!);
  const above = keepReachable({
    ...graph,
    nodes: graph.nodes.filter((node) => !node.outputs.some((output) => values.includes(output))),
  });
  const fromImage = new Set(graph.inputs.map((input) => input.name));
  for (const [name, weight] of above.initializers) builder.initializer(name, weight);
  const produced = new Set(above.nodes.flatMap((node) => node.outputs));
  for (const node of above.nodes) {
    const around = node.inputs.find((input) => fromImage.has(input) && !values.includes(input));
    if (around !== undefined) {
      throw new NetworkError(
        'INVALID_GRAPH',
        `The network cannot be cut at ${values.join(', ')}: ${node.operator} "${node.name}" above the cut reads "${around}".`,
        { operator: node.operator, node: node.name },
      );
    }
    builder.add(node);
  }
  const outputs = graph.outputs
    .map((output) => output.name)
    .filter((name) => produced.has(name) || values.includes(name));
  return { prefix, suffix: builder.finish(graph.name, outputs) };
}

/** The part of a network that computes these values and nothing else. */
export function outputsOnly(graph: Graph, values: readonly string[]): Graph {
  const outputs = values.map((name) => {
    const type = graph.types.get(name);
    if (type === undefined)
      throw new NetworkError('UNKNOWN_VALUE', `The network has no value named "${name}".`);
    return { name, ...type };
  });
  return keepReachable({ ...graph, outputs });
}
