import { peakBytes } from '../graph/cost.ts';
import { elementCount } from '../graph/tensor.ts';
import type { TrainingGraph } from './types.ts';

/**
 * Memory one training step takes beside the process itself, in bytes: values alive at once, the state in its two sets
 * of buffers, and the feeds. For warning before the start; measured runs took 0.6 to 1.1 times as much.
 */
export function estimateTrainingBytes({ graph, state }: TrainingGraph): number {
  const kept = state.reduce((sum, variable) => sum + variable.initial.data.byteLength, 0);
  const inputs = new Set(state.map((variable) => variable.name));
  const feeds = graph.inputs
    .filter((input) => !inputs.has(input.name))
    .reduce((sum, input) => sum + 4 * elementCount((input.dims ?? []).map(Number)), 0);
  return peakBytes(graph) + 2 * kept + feeds;
}
