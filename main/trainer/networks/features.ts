import { attributes, int } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { outputsOnly } from '../graph/cut.ts';
import { NetworkError } from '../graph/errors.ts';
import type { Graph } from '../graph/types.ts';
import type { BackboneCard } from './card.ts';

/** Name of the output that feature graphs have. */
export const FEATURES = 'enxerto.features';

/**
 * The part of a backbone that computes its features, as one output `enxerto.features` [batch, count]: the pooled last
 * activation, or the spatial means of several stages side by side (`stages`, in the given order).
 */
export function featureGraph(backbone: Graph, card: BackboneCard, stages: readonly string[] = []): Graph {
  const builder = new GraphBuilder(backbone);
  const parts =
    stages.length === 0 ? [card.features] : stages.map((name) => spatialMean(builder, card, name));
  const joined =
    parts.length === 1
      ? parts[0]!
      : builder.op('Concat', parts, { attributes: attributes({ axis: int(1) }) });
  // The end of a stage keeps its name: the network is cut there.
  const isStage = card.stages.some(({ outputs }) => outputs.includes(joined));
  const features = isStage
    ? builder.op('Identity', [joined], { name: FEATURES })
    : builder.alias(joined, FEATURES);
  return outputsOnly(builder.finish(`${card.name} features`, [features]), [FEATURES]);
}

/** Name of the value that holds a stage's spatial mean in a multi-level feature graph. */
export function stageMeanName(stage: string): string {
  return `${stage}.mean`;
}

/** Number of features `featureGraph` gives. */
export function featureCount(features: Graph): number {
  const count = features.types.get(FEATURES)?.dims?.[1];
  if (typeof count !== 'number')
    throw new NetworkError('UNKNOWN_SHAPE', 'The number of features of this backbone is not known.');
  return count;
}

function spatialMean(builder: GraphBuilder, card: BackboneCard, name: string): string {
  const stage = card.stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new NetworkError('UNKNOWN_VALUE', `${card.name} has no stage "${name}".`);
  // A level ends with one map: other cards are refused.
  return builder.op('ReduceMean', [stage.outputs[0]!, builder.ints([2, 3])], {
    name: stageMeanName(name),
    attributes: attributes({ keepdims: int(0) }),
  });
}
