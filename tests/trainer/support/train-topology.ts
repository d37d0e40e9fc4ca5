import { cutAt } from '../../../main/trainer/graph/cut.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { stagesOf } from '../../../main/trainer/networks/survey.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network, TrainingGraph, TrainingSpec } from '../../../main/trainer/networks/types.ts';
import { scalar } from './fixtures.ts';
import { runGraph } from './run.ts';
import {
  type Exporter,
  type HeldParameter,
  heldParameters,
  loadTopology,
  type ParameterReference,
  type References,
  references,
} from './topologies.ts';

/** The optimisers of the references (topologies/export.py), with their rates and decays. */
export const optimisers = {
  sgd: { spec: { kind: 'sgd', momentum: 0.9, nesterov: false }, rate: 1, decay: 1e-4 },
  adamw: { spec: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-4 }, rate: 1e-3, decay: 0.05 },
} as const satisfies Record<
  string,
  { readonly spec: TrainingSpec['optimiser']; readonly rate: number; readonly decay: number }
>;

/** A well-known network as an exporter wrote it, with what PyTorch computed for it. */
export interface Topology {
  readonly network: Network;
  /** What the network reads. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly held: ReadonlyMap<string, HeldParameter>;
  readonly peer: References;
  /** What PyTorch computed for the parameter that an initializer holds. */
  readonly referenceOf: (initializer: string) => ParameterReference;
}

/** Opens a network with all its parameters trainable, in the order in which they are first read. */
export function openTopology(name: string, exporter: Exporter): Topology {
  const graph = loadTopology(name, exporter);
  const peer = references(name);
  const held = heldParameters(name, exporter);
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  const parameters = [...read].filter((input) => peer.parameters.has(held.get(input)?.parameter ?? ''));
  return {
    network: { graph, inputs: ['images'], logits: graph.outputs[0]!.name, masks: [], parameters },
    feeds: new Map([['images', peer.images]]),
    held,
    peer,
    referenceOf: (initializer) => peer.parameters.get(held.get(initializer)!.parameter)!,
  };
}

/** What lies above a stage of it, fed with what the part below makes of the images. */
export async function aboveStage(topology: Topology, stage: string): Promise<Topology> {
  const { network, peer } = topology;
  const dims = ['N', ...peer.images.dims.slice(1)];
  const graph = specialise(network.graph, { inputs: new Map([['images', dims]]) });
  const { outputs } = stagesOf(graph).find(({ name }) => name === stage)!;
  const { prefix, suffix } = cutAt(graph, outputs);
  return {
    ...topology,
    network: {
      ...network,
      graph: suffix,
      inputs: outputs,
      parameters: network.parameters.filter((name) => suffix.initializers.has(name)),
    },
    feeds: await runGraph(prefix, topology.feeds),
  };
}

/** One step of an optimiser on some of a network's parameters; decay where PyTorch decayed. */
export function stepGraph(
  { network, peer, referenceOf }: Topology,
  kind: keyof typeof optimisers,
  parameters: readonly string[] = network.parameters,
): TrainingGraph {
  const group = (decayed: boolean, weightDecay: number) => ({
    name: decayed ? 'decayed' : 'plain',
    parameters: parameters.filter((name) => referenceOf(name).decay === decayed),
    weightDecay,
  });
  return buildTrainingGraph({
    network,
    batch: peer.labels.length,
    loss: { kind: 'cross-entropy' },
    optimiser: optimisers[kind].spec,
    // The groups say what is decayed: what PyTorch decayed for the references.
    decayed: 'everything',
    groups: [group(true, optimisers[kind].decay), group(false, 0)],
  });
}

/** What the first step reads. */
export function stepFeeds(
  training: TrainingGraph,
  { peer, feeds }: Topology,
  rate: number,
): ReadonlyMap<string, Tensor> {
  const weights = floatTensor(
    [peer.labels.length],
    peer.labels.map(() => 1),
  );
  return new Map<string, Tensor>([
    ...feeds,
    [training.target, peer.target],
    [training.sampleWeight, weights],
    [training.step, scalar(1)],
    ...[...training.learningRates.values()].map((name) => [name, scalar(rate)] as const),
  ]);
}
