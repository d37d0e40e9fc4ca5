import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node } from '../../graph/types.ts';

/** Operators that broadcast two or more operands. */
const broadcasting = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Equal',
  'Greater',
  'Less',
  'Where',
  'Max',
  'Min',
  'Sum',
]);

/**
 * Gives every operand of a broadcast the rank of the largest where the last axis has length 1. ONNX Runtime 1.30 handles a
 * scalar against [1280, 320, 1, 1] element by element (4.0 ms) but [1, 1, 1, 1] against it as one run (0.05 ms).
 */
export function alignRanks(graph: Graph): Graph {
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  for (const node of graph.nodes)
    builder.add(broadcasting.has(node.operator) && node.domain === '' ? aligned(builder, node) : node);
  return builder.finish(
    graph.name,
    graph.outputs.map((output) => output.name),
  );
}

function aligned(builder: GraphBuilder, node: Node): Node {
  const shapes = node.inputs.map((input) => builder.typeOf(input).dims);
  const largest = shapes.reduce(
    (widest, dims) => (dims && widest && dims.length > widest.length ? dims : widest),
    [] as (typeof shapes)[number],
  );
  if (!largest || largest.length < 2 || largest.at(-1) !== 1 || shapes.some((dims) => dims === null))
    return node;
  const inputs = node.inputs.map((input, index) => {
    const dims = shapes[index]!;
    if (dims.length === largest.length || !dims.every((dim): dim is number => typeof dim === 'number'))
      return input;
    return withRank(builder, input, [...Array<number>(largest.length - dims.length).fill(1), ...dims]);
  });
  return { ...node, inputs };
}

function withRank(builder: GraphBuilder, input: string, dims: readonly number[]): string {
  const constant = builder.initializers.get(input);
  return constant ? builder.constant({ ...constant, dims }) : builder.reshape(input, dims);
}
