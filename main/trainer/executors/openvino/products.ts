import { attributes, intAttribute, ints } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node } from '../../graph/types.ts';

/**
 * Writes ONNX Runtime's FusedMatMul as Transpose and MatMul, the operators of the standard; OpenVINO fuses the two into
 * one product again.
 */
export function standardProducts(graph: Graph): Graph {
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  for (const node of graph.nodes) {
    if (node.operator === 'FusedMatMul') builder.add(standardProduct(builder, node));
    else builder.add(node);
  }
  return builder.finish(
    graph.name,
    graph.outputs.map((output) => output.name),
  );
}

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
