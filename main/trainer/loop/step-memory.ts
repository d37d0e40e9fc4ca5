import type { StepBytes } from '../../../shared/contract/trainer.ts';
import type { RunShape } from '../data/run-shape.ts';
import { runningStatistics } from '../graph/batch-statistics.ts';
import { peakBytes, valueBytes } from '../graph/cost.ts';
import { lengthPerImage } from '../graph/dims.ts';
import { NetworkError } from '../graph/errors.ts';
import { attachHead } from '../networks/attach.ts';
import type { Backbone } from '../networks/backbone.ts';
import { classifierHead } from '../networks/head.ts';
import { buildEvaluationGraph, buildTrainingGraph } from '../networks/training-graph.ts';
import type { Network } from '../networks/types.ts';
import { type Body, buildBody, cutBelow } from './body.ts';

/** Batches whose difference is what images add. In smaller ones all gradients at once may be more than the maps. */
const [FEW, MORE] = [32, 64] as const;

const loss = { kind: 'cross-entropy' } as const;

/**
 * What one more image in a batch adds to the memory of a phase, for each block of a backbone from the image to the head,
 * where that block and all after it learn: the values that are alive at once in the graph of a step, and in the one that
 * measures between epochs. Null where that cannot be differentiated.
 */
export function stepBytesOf(backbone: Backbone, shape: RunShape): readonly (StepBytes | null)[] {
  const options = { multiLevel: false, folded: false };
  const body = buildBody(backbone, shape, options);
  const columns = columnsByDepth(body);
  const inference = bytesByDepth(body, false);
  if (!backbone.graph.nodes.some(({ operator }) => operator === 'BatchNormalization'))
    return inference.map((bytes, at) =>
      bytes === null ? null : { inference: bytes, folded: bytes, adapted: bytes, columns: columns[at]! },
    );
  const folded = bytesByDepth(buildBody(backbone, shape, { ...options, folded: true }), false);
  const adapted = bytesByDepth(buildBody(backbone, shape, { ...options, adapted: true }), true);
  return inference.map((bytes, at) => {
    const [within, by] = [folded[at] ?? null, adapted[at] ?? null];
    if (bytes === null || within === null || by === null) return null;
    return { inference: bytes, folded: within, adapted: by, columns: columns[at]! };
  });
}

/**
 * For one image: what weight gradients of convolutions read of a map, k² times its size for a kernel of k × k, or k times
 * where each channel has a kernel of its own.
 */
function columnsByDepth({ graph, blocks }: Body): readonly number[] {
  const bytes = graph.nodes.map((node) => {
    if (node.operator !== 'Conv') return 0;
    const [outputs = 0, within = 0, height = 1, width = 1] = (
      graph.types.get(node.inputs[1]!)?.dims ?? []
    ).map(lengthPerImage);
    if (height * width === 1) return 0;
    const isDepthwise = within === 1 && outputs > 1;
    const area = valueBytes(graph, node.outputs[0]!) / outputs;
    return isDepthwise ? outputs * height * area : within * height * width * area;
  });
  const ends = blocks.map(({ outputs }) =>
    graph.nodes.findLastIndex((node) => node.outputs.some((output) => outputs.includes(output))),
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return blocks.map((_, first) => sum(bytes.slice((ends[first - 1] ?? -1) + 1)));
}

/** From the image to the head, as the blocks are. */
function bytesByDepth(body: Body, adapted: boolean): readonly (number | null)[] {
  const found: (number | null)[] = body.blocks.map(() => null);
  for (let first = body.blocks.length - 1; first >= 0; first--) {
    try {
      const bytes = (batch: number) => phaseBytes(body, first, { adapted, batch });
      found[first] = (bytes(MORE) - bytes(FEW)) / (MORE - FEW);
    } catch (error) {
      // What has no derivative at one depth has none at any greater one.
      if (error instanceof NetworkError) break;
      throw error;
    }
  }
  return found;
}

function phaseBytes(
  body: Body,
  first: number,
  { adapted, batch }: { readonly adapted: boolean; readonly batch: number },
): number {
  const head = classifierHead({ features: body.features, classes: 2, dropout: 0, seed: 1 });
  const { suffix } = cutBelow(body, body.blocks.length - first);
  const network = suffix ? attachHead(suffix, head) : head;
  const learning = body.blocks.slice(first).flatMap((block) => block.parameters);
  return networkBytes(network, [...learning, ...head.parameters], {
    batch,
    moving: adapted ? runningStatistics(network.graph, learning) : [],
  });
}

/** Bytes alive at once in the two programs of a phase, with the plainest optimiser. */
export function networkBytes(
  network: Network,
  parameters: readonly string[],
  { batch, moving }: { readonly batch: number; readonly moving: readonly string[] },
): number {
  const training = buildTrainingGraph({
    network,
    batch,
    loss,
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    groups: [{ name: 'all', parameters, weightDecay: 0 }],
    ...(moving.length > 0 && { batchStatistics: { momentum: 0.1, moving } }),
  });
  const evaluation = buildEvaluationGraph({
    network,
    batch,
    loss,
    parameters: [...parameters, ...moving],
  });
  return peakBytes(training.graph) + peakBytes(evaluation.graph);
}
