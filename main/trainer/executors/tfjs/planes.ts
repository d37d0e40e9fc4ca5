import { attributes, ints, intsAttribute } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Attribute, Graph, Node } from '../../graph/types.ts';

const windows: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
]);

/** Windows over one dimension become windows over images of height 1, the only ones that there are kernels for. */
export function widenToPlanes(graph: Graph): Graph {
  const isNarrow = (node: Node) =>
    windows.has(node.operator) && graph.types.get(node.inputs[0] ?? '')?.dims?.length === 3;
  if (!graph.nodes.some(isNarrow)) return graph;
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  for (const node of graph.nodes) {
    if (isNarrow(node)) widen(builder, node);
    else builder.add(node);
  }
  return builder.finish(
    graph.name,
    graph.outputs.map((output) => output.name),
  );
}

function widen(builder: GraphBuilder, node: Node): void {
  const wide = (name: string) =>
    builder.op('Unsqueeze', [name, builder.ints([2])], { name: `${node.name}/plane` });
  const weighted = node.operator === 'Conv' || node.operator === 'ConvTranspose';
  const inputs = node.inputs.map((name, index) =>
    index === 0 || (index === 1 && weighted) ? wide(name) : name,
  );
  const [result] = builder.ops(node.operator, inputs, {
    name: `${node.name}/plane`,
    attributes: widened(node),
  });
  builder.add({
    name: node.name,
    operator: 'Squeeze',
    domain: '',
    inputs: [result!, builder.ints([2])],
    outputs: node.outputs.slice(0, 1),
    attributes: new Map(),
  });
}

function widened(node: Node): ReadonlyMap<string, Attribute> {
  const pads = intsAttribute(node, 'pads');
  const before = (name: string, value: number) => {
    const list = intsAttribute(node, name);
    return list && ints([value, ...list]);
  };
  const changed = attributes({
    kernel_shape: before('kernel_shape', 1),
    strides: before('strides', 1),
    dilations: before('dilations', 1),
    output_padding: before('output_padding', 0),
    pads: pads && ints([0, pads[0]!, 0, pads[1]!]),
  });
  return new Map([...node.attributes, ...changed]);
}
