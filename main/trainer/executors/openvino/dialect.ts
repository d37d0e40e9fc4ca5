import { attributes, intAttribute, ints } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { resizeByProducts } from './resizing.ts';

/**
 * Writes what OpenVINO's ONNX reader does not know, or reads differently, in operators that it does. Values keep their
 * names.
 */
export function inOpenVinoDialect(graph: Graph): Graph {
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  for (const node of graph.nodes) builder.add(translated(builder, node));
  return builder.finish(
    graph.name,
    graph.outputs.map((output) => output.name),
  );
}

/** The node that gives the result; what it needs before is written on the way. */
function translated(builder: GraphBuilder, node: Node): Node {
  if (node.operator === 'FusedMatMul') return standardProduct(builder, node);
  // The reader ignores the attribute without a word: the numbers would be those of another operator.
  if (node.operator === 'Resize' && intAttribute(node, 'antialias', 0) !== 0)
    return resizeByProducts(builder, node);
  return node;
}

/** ONNX Runtime's product as Transpose and MatMul, which OpenVINO fuses into one again. */
function standardProduct(builder: GraphBuilder, node: Node): Node {
  const inputs = node.inputs.map((input, index) =>
    intAttribute(node, index === 0 ? 'transA' : 'transB', 0) === 0 ? input : transposed(builder, input, node),
  );
  return { ...node, operator: 'MatMul', domain: '', inputs, attributes: new Map() };
}

/** The last two axes exchanged. */
function transposed(builder: GraphBuilder, value: string, node: Node): string {
  const order = builder.dims(value).map((_, axis) => axis);
  const last = order.pop()!;
  order.splice(-1, 0, last);
  return builder.op('Transpose', [value], {
    name: `${node.name}/Transpose`,
    attributes: attributes({ perm: ints(order) }),
  });
}
