import { intAttribute } from './attributes.ts';
import { lengthPerImage } from './dims.ts';
import { bytesPerElement, elementCount } from './tensor.ts';
import type { Graph, Node, ValueType } from './types.ts';

/**
 * Multiply-adds of one node for one image, from the shapes of a specialised graph (a named batch counts as 1);
 * 0 for operators that do not multiply matrices.
 */
export function multiplyAdds(node: Node, graph: Graph): number {
  const output = lengths(graph.types.get(node.outputs[0] ?? ''));
  const second = lengths(typeOf(graph, node.inputs[1] ?? ''));
  if (node.operator === 'Conv') return elementCount(output) * elementCount(second.slice(1));
  if (node.operator === 'MatMul') return elementCount(output) * (second.at(-2) ?? 1);
  if (node.operator !== 'Gemm') return 0;
  return elementCount(output) * (intAttribute(node, 'transB', 0) ? second.at(-1)! : second[0]!);
}

/** Bytes of a value of a specialised graph; a named batch counts as 1. */
export function valueBytes(graph: Graph, value: string): number {
  const type = typeOf(graph, value);
  return type === undefined ? 0 : elementCount(lengths(type)) * bytesPerElement(type.dtype);
}

/**
 * Bytes that one run of a specialised graph needs at its peak beside its inputs: every value from the node that
 * computes it to the last that reads it. An estimate for deciding before the start, not a measurement.
 */
export function peakBytes(graph: Graph): number {
  const lastRead = new Map<string, number>();
  graph.nodes.forEach((node, at) => {
    for (const input of node.inputs) lastRead.set(input, at);
  });
  for (const output of graph.outputs) lastRead.set(output.name, graph.nodes.length);
  let alive = 0;
  for (const value of graph.initializers.values())
    alive += elementCount(value.dims) * bytesPerElement(value.dtype);
  let peak = alive;
  const computed = new Set<string>();
  for (const [at, node] of graph.nodes.entries()) {
    for (const output of node.outputs) {
      alive += valueBytes(graph, output);
      computed.add(output);
    }
    peak = Math.max(peak, alive);
    for (const value of new Set([...node.inputs, ...node.outputs])) {
      if (computed.has(value) && (lastRead.get(value) ?? at) <= at) alive -= valueBytes(graph, value);
    }
  }
  return peak;
}

function typeOf(graph: Graph, value: string): ValueType | undefined {
  return graph.types.get(value) ?? graph.initializers.get(value);
}

function lengths(type: ValueType | undefined): readonly number[] {
  return (type?.dims ?? []).map(lengthPerImage);
}
