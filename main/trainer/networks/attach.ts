import { GraphBuilder } from '../graph/builder.ts';
import { joinGraphs } from '../graph/join.ts';
import { specialise } from '../graph/specialise.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Dim, Graph } from '../graph/types.ts';
import { FEATURES } from './features.ts';
import { trainableParameters } from './parameters.ts';
import type { Network } from './types.ts';

/** Puts a head on the part of a backbone above the cut (its output is `enxerto.features`). */
export function attachHead(suffix: Graph, head: Network): Network {
  const graph = joinGraphs(suffix, head.graph, new Map([[head.inputs[0] ?? FEATURES, FEATURES]]));
  return {
    graph,
    inputs: suffix.inputs.map((input) => input.name),
    logits: head.logits,
    masks: head.masks,
    parameters: [...trainableParameters(suffix), ...head.parameters],
  };
}

/** The network as it predicts: dropout masks replaced by 1. For evaluation, prediction and export. */
export function inferenceNetwork(network: Network): Network {
  const masks = new Set(network.masks.map((mask) => mask.input));
  const builder = new GraphBuilder();
  for (const input of network.graph.inputs) if (!masks.has(input.name)) builder.input(input.name, input);
  for (const [name, value] of network.graph.initializers) builder.initializer(name, value);
  for (const mask of masks) builder.initializer(mask, floatTensor([], [1]));
  for (const node of network.graph.nodes) builder.add(node);
  return { ...network, graph: builder.finish(network.graph.name, [network.logits]), masks: [] };
}

/** Fixes the batch of every input of a network, masks included. */
export function withBatch(graph: Graph, batch: number): Graph {
  const inputs = new Map<string, readonly Dim[]>();
  for (const input of graph.inputs) {
    if (input.dims && typeof input.dims[0] === 'string')
      inputs.set(input.name, [batch, ...input.dims.slice(1)]);
  }
  return specialise(graph, { inputs });
}
