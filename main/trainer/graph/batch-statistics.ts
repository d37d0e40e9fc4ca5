import { attributes, float, floatAttribute, int, intAttribute } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { keepReachable } from './reachable.ts';
import type { Graph, Node } from './types.ts';

/** A running mean or variance, and the value that takes its place after a step. */
export interface RunningStatistic {
  readonly name: string;
  readonly next: string;
}

const isNormalization = (node: Node) => node.operator === 'BatchNormalization' && node.domain === '';

/**
 * Lets every batch normalisation standardise by the batch it sees and move its running statistics by `momentum`
 * (torch's meaning: the share of the new ones, usually 0.1). For networks trained from scratch; small batches of a
 * pretrained network are better served by the statistics it came with.
 */
export function withBatchStatistics(
  graph: Graph,
  momentum: number,
): { readonly graph: Graph; readonly statistics: readonly RunningStatistic[] } {
  const statistics: RunningStatistic[] = [];
  const nodes = graph.nodes.map((node) => {
    if (!isNormalization(node)) return node;
    const moved = [3, 4].map((index) => ({ name: node.inputs[index]!, next: `${node.inputs[index]!}.next` }));
    statistics.push(...moved);
    return {
      ...node,
      outputs: [node.outputs[0]!, ...moved.map(({ next }) => next)],
      attributes: new Map([
        ...node.attributes,
        ['training_mode', int(1)],
        ['momentum', float(1 - momentum)],
      ] as const),
    };
  });
  return { graph: { ...graph, nodes }, statistics };
}

/**
 * Writes batch normalisation by the batch's own statistics in operators that every runtime has. As in torch, the batch
 * is standardised by its population variance, while the running variance moves towards the unbiased one.
 */
export function writeOutBatchStatistics(graph: Graph): Graph {
  if (!graph.nodes.some(needsWriting)) return graph;
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  for (const node of graph.nodes) {
    if (needsWriting(node)) writeOut(builder, node);
    else builder.add(node);
  }
  return keepReachable(
    builder.finish(
      graph.name,
      graph.outputs.map((output) => output.name),
    ),
  );
}

function needsWriting(node: Node): boolean {
  return isNormalization(node) && intAttribute(node, 'training_mode', 0) !== 0;
}

function writeOut(builder: GraphBuilder, node: Node): void {
  const [x, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
  const dims = builder.dims(x);
  const channels = dims[1]!;
  const shape = [1, channels, ...dims.slice(2).map(() => 1)];
  const emit = (operator: string, ...inputs: readonly string[]) =>
    builder.op(operator, inputs, { name: `${node.name}/batch/${operator}` });
  const average = (value: string) => {
    const axes = builder.ints(dims.flatMap((_, axis) => (axis === 1 ? [] : [axis])));
    return builder.op('ReduceMean', [value, axes], {
      name: `${node.name}/batch/ReduceMean`,
      attributes: attributes({ keepdims: int(1) }),
    });
  };
  const batchMean = average(x);
  const centred = emit('Sub', x, batchMean);
  const batchVariance = average(emit('Mul', centred, centred));
  const epsilon = builder.scalar(floatAttribute(node, 'epsilon', 1e-5));
  const deviation = emit('Sqrt', emit('Add', batchVariance, epsilon));
  const factor = emit('Div', builder.reshape(scale, shape), deviation);
  const normalised = emit('Add', emit('Mul', centred, factor), builder.reshape(shift, shape));
  builder.alias(normalised, node.outputs[0]!);
  const kept = floatAttribute(node, 'momentum', 0.9);
  const move = (old: string, fresh: string, share: number, index: number) => {
    const name = node.outputs[index];
    if (!name) return;
    const parts = [
      emit('Mul', old, builder.scalar(kept)),
      emit('Mul', builder.reshape(fresh, [channels]), builder.scalar(share)),
    ];
    builder.alias(emit('Add', ...parts), name);
  };
  const count = dims.reduce((product, dim) => product * dim, 1) / channels;
  move(mean, batchMean, 1 - kept, 1);
  move(variance, batchVariance, ((1 - kept) * count) / Math.max(count - 1, 1), 2);
}
