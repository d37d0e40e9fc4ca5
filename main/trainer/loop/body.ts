import { StudioError } from '../../../shared/domain/errors.ts';
import type { RunShape } from '../data/run-shape.ts';
import { separateStatistics } from '../graph/batch-statistics.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { joinGraphs } from '../graph/join.ts';
import type { Graph } from '../graph/types.ts';
import { type Backbone, backboneAt } from '../networks/backbone.ts';
import type { BackboneCard } from '../networks/card.ts';
import { featureCount, featureGraph } from '../networks/features.ts';
import { splitForTraining } from '../networks/freezing.ts';
import { inputStage, NETWORK_INPUT, PIXELS } from '../networks/input-stage.ts';
import { describeStages, type StageSummary } from '../networks/stages.ts';

/** A backbone as a run uses it: from resized pixels (uint8 [N, 3, height, width]) to features [N, count]. */
export interface Body {
  readonly graph: Graph;
  readonly features: number;
  /** From the image to the head. */
  readonly blocks: readonly StageSummary[];
  readonly card: BackboneCard;
}

/**
 * Puts the card's normalisation before a backbone and the features of a recipe behind it. `folded`: batch normalisation
 * goes into the convolutions; `adapted`: it can move its running statistics.
 */
export function buildBody(
  backbone: Backbone,
  shape: RunShape,
  options: { readonly multiLevel: boolean; readonly folded: boolean; readonly adapted?: boolean },
): Body {
  const { card } = backbone;
  const size: readonly [number, number] = [shape.height, shape.width];
  const whole = featureGraph(backboneAt(backbone, size), card, options.multiLevel ? card.multiLevel : []);
  const normalised = inputStage(card, { from: size, to: size, layout: 'NCHW' });
  const joined = joinGraphs(normalised, whole, new Map([[card.input, NETWORK_INPUT]]));
  const separate = options.adapted ? separateStatistics(joined) : joined;
  const graph = options.folded ? foldBatchNormalization(separate) : separate;
  return { graph, features: featureCount(graph), blocks: describeStages(graph, card), card };
}

/** Where a network is cut so that everything below can be computed once. */
export interface Cut {
  /** Values that cross from the frozen to the learning part. */
  readonly values: readonly string[];
  /** Their shapes for one image. */
  readonly dims: readonly (readonly number[])[];
  /** From the values at the cut to the features; null where they are the features. */
  readonly suffix: Graph | null;
}

/**
 * The blocks that a phase lists, from the image to the head; they must be the last ones.
 * Throws BAD_REQUEST for unknown blocks or gaps: freezing a block above a learning one is not offered.
 */
export function lastBlocks(body: Body, named: readonly string[]): readonly StageSummary[] {
  const { blocks } = body;
  const first = blocks.length - named.length;
  const last = blocks.slice(Math.max(0, first));
  if (first < 0 || last.some((block) => !named.includes(block.name))) {
    throw new StudioError(
      'BAD_REQUEST',
      `The blocks ${named.join(', ')} cannot be trained: choose the last ones of ${blocks.map((block) => block.name).join(', ')}, without gaps.`,
      { blocks: named.join(', ') },
    );
  }
  return last;
}

/** The cut below the last `count` blocks; below none of them it is the features themselves. */
export function cutBelow({ graph, card, blocks }: Body, count: number): Cut {
  const first = blocks.length - count;
  const above = blocks.slice(first);
  const pixels = first === 0;
  const split = pixels ? null : splitForTraining(graph, card, { firstTrainable: above[0]?.name ?? null });
  const values = split?.cut ?? [PIXELS];
  return {
    values,
    dims: values.map((value) => imageDims(graph, value)),
    suffix: split ? split.suffix : graph,
  };
}

function imageDims(graph: Graph, value: string): readonly number[] {
  const dims = graph.types.get(value)?.dims?.slice(1);
  if (!dims?.every((dim) => typeof dim === 'number')) {
    throw new StudioError(
      'NETWORK_UNSUPPORTED',
      `The shape of "${value}" is not known, so its activations cannot be cached.`,
      {
        reason: value,
      },
    );
  }
  return dims as readonly number[];
}
