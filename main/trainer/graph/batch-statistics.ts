import { attributes, float, floatAttribute, int, intAttribute } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { keepReachable } from './reachable.ts';
import type { Graph, Node, Tensor } from './types.ts';

/** A running mean or variance, and the value that takes its place after a step. */
export interface RunningStatistic {
  readonly name: string;
  readonly next: string;
}

/** Which batch normalisations standardise by the batch they see, and how fast they forget. */
export interface BatchStatistics {
  /** Share of the new statistics in the running ones (torch's meaning of the word), usually 0.1. */
  readonly momentum: number;
  /** Names of the running means and variances that move; normalisations by others stay in inference mode. */
  readonly moving: readonly string[];
}

const SCALE = 1;
const SHIFT = 2;
/** Positions of the running mean and the running variance among a batch normalisation's inputs. */
const STATISTICS = [3, 4] as const;
const isNormalization = (node: Node) => node.operator === 'BatchNormalization' && node.domain === '';

/** The running statistics of the batch normalisations whose scale or shift is among `parameters`, in graph order. */
export function runningStatistics(graph: Graph, parameters: Iterable<string>): readonly string[] {
  const learning = new Set(parameters);
  const found = graph.nodes
    .filter((node) => isNormalization(node) && [SCALE, SHIFT].some((at) => learning.has(node.inputs[at]!)))
    .flatMap((node) => STATISTICS.map((at) => node.inputs[at]!));
  return [...new Set(found)];
}

/**
 * Gives each batch normalisation statistics of its own. Exporters write equal arrays once, such as the zeros and ones of
 * layers that never saw an image; what two layers see differs as soon as they do.
 */
export function separateStatistics(graph: Graph): Graph {
  const isStatistic = (node: Node, at: number) => isNormalization(node) && at >= STATISTICS[0];
  const taken = new Set(graph.nodes.flatMap((node) => node.inputs.filter((_, at) => !isStatistic(node, at))));
  const initializers = new Map<string, Tensor>(graph.initializers);
  const types = new Map(graph.types);
  const nodes = graph.nodes.map((node) => {
    if (!isNormalization(node)) return node;
    const inputs = node.inputs.map((name, at) => {
      const value = graph.initializers.get(name);
      if (!isStatistic(node, at) || value === undefined) return name;
      if (!taken.has(name)) {
        taken.add(name);
        return name;
      }
      const own = `${name}/${node.name}/${at === STATISTICS[0] ? 'mean' : 'variance'}`;
      initializers.set(own, value);
      types.set(own, { dtype: value.dtype, dims: value.dims });
      return own;
    });
    return { ...node, inputs };
  });
  return { ...graph, nodes, initializers, types };
}

/** Lets batch normalisations standardise by the batch they see and move their running statistics towards its own. */
export function withBatchStatistics(
  graph: Graph,
  { momentum, moving }: BatchStatistics,
): { readonly graph: Graph; readonly statistics: readonly RunningStatistic[] } {
  const chosen = new Set(moving);
  const statistics: RunningStatistic[] = [];
  const nodes = graph.nodes.map((node) => {
    if (!isNormalization(node) || !STATISTICS.every((at) => chosen.has(node.inputs[at]!))) return node;
    const moved = STATISTICS.map((at) => ({ name: node.inputs[at]!, next: `${node.inputs[at]!}.next` }));
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
