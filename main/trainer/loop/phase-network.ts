import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { runningStatistics } from '../graph/batch-statistics.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { joinGraphs } from '../graph/join.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { attachHead, inferenceNetwork } from '../networks/attach.ts';
import { inputStage, NETWORK_INPUT, PIXELS } from '../networks/input-stage.ts';
import { withWeights } from '../networks/parameters.ts';
import type { StageSummary } from '../networks/stages.ts';
import { residualBranches, withStochasticDepth } from '../networks/stochastic-depth.ts';
import type { Network, ParameterGroup } from '../networks/types.ts';
import { type Body, type Cut, cutBelow } from './body.ts';
import { blockFactors } from './schedule.ts';

/** Values per feature that standardise the head's input; computed from the images that learn, never trained. */
export const statistics = ['standardise.mean', 'standardise.deviation'] as const;

/** What is trained at one time: the part above a cut, and the rate of each group relative to the head's. */
export interface PhaseNetwork {
  readonly network: Network;
  readonly groups: readonly ParameterGroup[];
  /** Factor of the head's learning rate by group name. */
  readonly factors: ReadonlyMap<string, number>;
  readonly cut: Cut;
  /** Ids of the blocks that learn, from the image to the head. */
  readonly blocks: readonly string[];
  /** Running statistics of batch normalisations that move with every batch; none where all are in inference mode. */
  readonly moving: readonly string[];
  /**
   * Weights and running statistics above the cut that stand still now but may have changed before, so that they cannot
   * be constants.
   */
  readonly held: readonly string[];
}

/** Everything that a phase changes: what learns, and the statistics that move with it. */
export function changedBy({ groups, moving }: Pick<PhaseNetwork, 'groups' | 'moving'>): readonly string[] {
  return [...groups.flatMap((group) => group.parameters), ...moving];
}

/**
 * The part of body and head in which the last `learning` blocks learn, its standardisation an input so that all folds
 * share the program. `trained`: as many of the last blocks learned in earlier phases; where they are more, the cut lies
 * below them all, since what is cached below a cut comes from pretrained weights. `adapted`: the batch normalisations of
 * what learns standardise by the batch they see; those below and those held still stay in inference mode.
 */
export function phaseNetwork(
  body: Body,
  head: Network,
  phase: TrainingPhase,
  options: {
    readonly learning: number;
    readonly trained: number;
    readonly stochasticDepth: number;
    readonly adapted: boolean;
  },
): PhaseNetwork {
  const { learning, trained, stochasticDepth, adapted } = options;
  const cut = cutBelow(body, Math.max(learning, trained));
  const above = cut.suffix ? attachHead(cut.suffix, head) : head;
  const last = body.blocks.slice(body.blocks.length - learning);
  const earlier = body.blocks.slice(body.blocks.length - Math.max(learning, trained), -learning || undefined);
  const blocks = last.filter((block) => block.parameters.length > 0);
  const byBlock = blockFactors(
    phase,
    blocks.map((block) => block.name),
  );
  const moved = (of: readonly StageSummary[]) =>
    adapted
      ? runningStatistics(
          above.graph,
          of.flatMap((block) => block.parameters),
        )
      : [];
  return {
    network: releaseStatistics(withStochasticDepth(above, residualBranches(body.graph), stochasticDepth)),
    groups: [
      { name: 'head', parameters: head.parameters, weightDecay: phase.weightDecay },
      ...blocks.map(({ name, parameters }) => ({
        name: `block.${name}`,
        parameters,
        weightDecay: phase.weightDecay,
      })),
    ],
    factors: new Map([
      ['head', 1],
      ...[...byBlock].map(([name, factor]): [string, number] => [`block.${name}`, factor]),
    ]),
    cut,
    blocks: last.map((block) => block.name),
    moving: moved(last),
    held: [...earlier.flatMap((block) => block.parameters), ...moved(earlier)],
  };
}

/**
 * A network trained from pixels as one phase: everything learns at one rate, and its batch normalisations have only the
 * batch to go by.
 */
export function scratchNetwork(network: Network, phase: TrainingPhase): PhaseNetwork {
  const input = network.graph.inputs.find(({ name }) => name === PIXELS);
  return {
    network,
    groups: [{ name: 'head', parameters: network.parameters, weightDecay: phase.weightDecay }],
    factors: new Map([['head', 1]]),
    cut: { values: [PIXELS], dims: [(input?.dims ?? []).slice(1) as number[]], suffix: null },
    blocks: [],
    moving: runningStatistics(network.graph, network.parameters),
    held: [],
  };
}

/** A network on normalised pixels with the normalisation put before it: from resized pixels on. */
export function onPixels(
  network: Network,
  size: readonly [number, number],
  scaling: {
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
  },
): Network {
  const stage = inputStage(scaling, { from: size, to: size, layout: 'NCHW' });
  const graph = joinGraphs(stage, network.graph, new Map([[network.inputs[0]!, NETWORK_INPUT]]));
  return { ...network, graph, inputs: [PIXELS] };
}

/** Body and head with trained weights, as they predict: from resized pixels [N, 3, height, width] to logits. */
export function deployedNetwork(
  body: Body | null,
  head: Network,
  weights: ReadonlyMap<string, Tensor>,
): Graph {
  const network = body ? attachHead(body.graph, head) : head;
  return inferenceNetwork({ ...network, graph: withWeights(network.graph, weights) }).graph;
}

function releaseStatistics(network: Network): Network {
  const builder = new GraphBuilder(network.graph);
  for (const name of statistics) builder.release(name);
  const outputs = network.graph.outputs.map((output) => output.name);
  return {
    ...network,
    graph: builder.finish(network.graph.name, outputs),
    inputs: [...network.inputs, ...statistics],
  };
}
