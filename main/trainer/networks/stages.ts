import { multiplyAdds, valueBytes } from '../graph/cost.ts';
import { NetworkError } from '../graph/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { BackboneCard } from './card.ts';
import { newParameters } from './parameters.ts';

/** One stage of a backbone at a given image size: what a freezing panel shows and what an estimate needs. */
export interface StageSummary {
  readonly name: string;
  /** Values at which the network is cut above this stage. */
  readonly outputs: readonly string[];
  /** Trainable weights first used in this stage. */
  readonly parameters: readonly string[];
  readonly parameterCount: number;
  /** For one image. */
  readonly multiplyAdds: number;
  /** Bytes of one image's activations at the cut above this stage, in float32. */
  readonly cutBytes: number;
}

/** Lists the stages of a specialised backbone in order. INVALID_CARD where the card names values the network lacks. */
export function describeStages(graph: Graph, card: BackboneCard): readonly StageSummary[] {
  const position = new Map(
    graph.nodes.flatMap((node, at) => node.outputs.map((output) => [output, at] as const)),
  );
  const firstUses = newParameters(graph);
  let start = 0;
  return card.stages.map(({ name, outputs }) => {
    const missing = outputs.find((output) => !position.has(output));
    const end = Math.max(...outputs.map((output) => position.get(output) ?? -1));
    if (missing !== undefined || end < start) {
      throw new NetworkError(
        'INVALID_CARD',
        `The card of ${card.name} places stage "${name}" at "${missing ?? outputs.join(', ')}", which its network lacks.`,
      );
    }
    const nodes = graph.nodes.slice(start, end + 1);
    start = end + 1;
    const parameters = nodes.flatMap((node) => firstUses.get(node) ?? []);
    return {
      name,
      outputs,
      parameters,
      parameterCount: parameters.reduce(
        (sum, parameter) => sum + elementCount(graph.initializers.get(parameter)!.dims),
        0,
      ),
      multiplyAdds: nodes.reduce((sum, node) => sum + multiplyAdds(node, graph), 0),
      cutBytes: outputs.reduce((sum, output) => sum + valueBytes(graph, output), 0),
    };
  });
}
