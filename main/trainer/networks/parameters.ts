import type { Graph, Node, Tensor } from '../graph/types.ts';

/** Inputs that hold weights, by operator; running statistics and constants are not among them. */
const weightInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ['Conv', [1, 2]],
  ['ConvTranspose', [1, 2]],
  ['Gemm', [1, 2]],
  ['MatMul', [0, 1]],
  ['BatchNormalization', [1, 2]],
  ['GroupNormalization', [1, 2]],
  ['InstanceNormalization', [1, 2]],
  ['LayerNormalization', [1, 2]],
  ['PRelu', [1]],
]);

/** Operators that carry a bias or a scale where one operand is an array among the weights. */
const affine = new Set(['Add', 'Mul']);

/** The weights of a network that can be trained, in the order in which they are used. */
export function trainableParameters(graph: Graph): readonly string[] {
  return [...new Set(graph.nodes.flatMap((node) => parametersOf(node, graph.initializers)))];
}

/** The trainable weights one node reads. */
export function parametersOf(node: Node, initializers: ReadonlyMap<string, Tensor>): readonly string[] {
  const positions = weightInputs.get(node.operator) ?? (affine.has(node.operator) ? [0, 1] : []);
  return positions.flatMap((position) => {
    const name = node.inputs[position];
    const value = initializers.get(name ?? '');
    return name !== undefined && value?.dtype === 'float32' && value.dims.length > 0 ? [name] : [];
  });
}

/**
 * Whether decay acts on a weight by default: not on biases and normalisation scales, which are vectors, or arrays that are
 * only added or multiplied in (exporters give such ones their channel's axes, and write layer scales and position
 * embeddings so).
 */
export function isDecayed(graph: Graph, name: string): boolean {
  if ((graph.initializers.get(name)?.dims.length ?? 0) <= 1) return false;
  return graph.nodes.some((node) => node.inputs.includes(name) && !affine.has(node.operator));
}

/** A network with some of its weights replaced, e.g. by trained ones before it is exported. */
export function withWeights(graph: Graph, weights: ReadonlyMap<string, Tensor>): Graph {
  const initializers = new Map(graph.initializers);
  for (const [name, value] of weights) if (initializers.has(name)) initializers.set(name, value);
  return { ...graph, initializers };
}
