import { floatAttribute } from './attributes.ts';
import { keepReachable } from './reachable.ts';
import { floatTensor } from './tensor.ts';
import type { FloatTensor, Graph, Node, Tensor } from './types.ts';

/**
 * Merges inference-mode batch normalisation into the convolution before it (weights scaled per output channel, bias shifted),
 * wherever that convolution feeds nothing else. The network computes the same; the parameters become different ones,
 * so in a trained part this is a choice ("folded training") and in a frozen part only a gain.
 */
export function foldBatchNormalization(graph: Graph): Graph {
  const readers = countReaders(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const replaced = new Map<Node, Node | null>();
  const initializers = new Map<string, Tensor>(graph.initializers);
  for (const node of graph.nodes) {
    if (node.operator !== 'BatchNormalization') continue;
    const conv = producers.get(node.inputs[0]!);
    if (conv?.operator !== 'Conv' || readers.get(conv.outputs[0]!) !== 1) continue;
    const folded = foldedWeights(node, conv, graph.initializers);
    if (folded === undefined || readers.get(conv.inputs[1]!) !== 1) continue;
    const bias = `${conv.inputs[1]}.bias`;
    initializers.set(conv.inputs[1]!, folded.weights);
    initializers.set(bias, folded.bias);
    // The convolution moves to the normalisation's place, so that every value keeps its name.
    replaced.set(conv, null);
    replaced.set(node, {
      ...conv,
      inputs: [conv.inputs[0]!, conv.inputs[1]!, bias],
      outputs: node.outputs.slice(0, 1),
    });
  }
  const nodes = graph.nodes.flatMap((node) => {
    const replacement = replaced.get(node);
    return replacement === undefined ? [node] : replacement === null ? [] : [replacement];
  });
  const types = new Map(graph.types);
  for (const [name, value] of initializers) types.set(name, { dtype: value.dtype, dims: value.dims });
  return keepReachable({ ...graph, nodes, initializers, types });
}

/** How often each value is read, graph outputs included; what is read once may be merged away. */
export function countReaders(graph: Graph): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const count = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const input of node.inputs) count(input);
  for (const output of graph.outputs) count(output.name);
  return readers;
}

function foldedWeights(
  node: Node,
  conv: Node,
  initializers: ReadonlyMap<string, Tensor>,
): { weights: FloatTensor; bias: FloatTensor } | undefined {
  const read = (name: string | undefined) => {
    const value = initializers.get(name ?? '');
    return value?.dtype === 'float32' ? value : undefined;
  };
  const weights = read(conv.inputs[1]);
  const [scale, shift, mean, variance] = node.inputs.slice(1).map(read);
  const oldBias = conv.inputs[2] ? read(conv.inputs[2]) : null;
  if (!weights || !scale || !shift || !mean || !variance || oldBias === undefined) return undefined;
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const channels = weights.dims[0]!;
  const perChannel = weights.data.length / channels;
  const scaled = new Float32Array(weights.data.length);
  const bias = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = scale.data[channel]! / Math.sqrt(variance.data[channel]! + epsilon);
    bias[channel] = shift.data[channel]! + ((oldBias?.data[channel] ?? 0) - mean.data[channel]!) * factor;
    for (let at = channel * perChannel; at < (channel + 1) * perChannel; at++)
      scaled[at] = weights.data[at]! * factor;
  }
  return { weights: floatTensor(weights.dims, scaled), bias: floatTensor([channels], bias) };
}
