import { attributes, int } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { divideDims } from './dims.ts';
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
    nodes: graph.nodes.filter(
      (node) => !node.outputs.some((output) => values.includes(output) || isShape(graph, output)),
    ),
  });
  // What writes the shapes must take no name that the part above comes with.
  builder.reserve([...above.initializers.keys(), ...above.nodes.flatMap((node) => node.outputs)]);
  for (const name of shapesRead(above)) writeShape(builder, graph, name, values);
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

/** Whether a value holds a shape in which the batch is open: the part above the cut computes its own. */
function isShape(graph: Graph, value: string): boolean {
  return graph.types.get(value)?.values !== undefined;
}

function shapesRead(above: Graph): ReadonlySet<string> {
  return new Set(above.nodes.flatMap((node) => node.inputs.filter((input) => isShape(above, input))));
}

/** A shape, from the batch of a cut value. */
function writeShape(builder: GraphBuilder, graph: Graph, name: string, cut: readonly string[]): void {
  const type = graph.types.get(name)!;
  const first = (length: number) => attributes({ start: int(0), end: int(length) });
  const lengths = type.values!.map((length) => {
    if (typeof length === 'number') return builder.ints([length]);
    const source = cut.find(
      (value) => divideDims(length, graph.types.get(value)?.dims?.[0] ?? 0) !== undefined,
    );
    const factor = source && divideDims(length, graph.types.get(source)!.dims![0]!);
    if (source === undefined || typeof factor !== 'number') {
      throw new NetworkError(
        'INVALID_GRAPH',
        `The network cannot be cut at ${cut.join(', ')}: a length above the cut ("${name}") is not known there.`,
      );
    }
    const batch = builder.op('Shape', [source], { attributes: first(1) });
    return factor === 1 ? batch : builder.op('Mul', [batch, builder.ints([factor])]);
  });
  const joined = builder.op('Concat', lengths, { attributes: attributes({ axis: int(0) }) });
  builder.alias(type.dims?.length === 0 ? builder.op('Squeeze', [joined]) : joined, name);
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
