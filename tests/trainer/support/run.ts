import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import type { CompileOptions } from '../../../main/trainer/executors/types.ts';
import type { Graph, Tensor } from '../../../main/trainer/graph/types.ts';

/** Runs a graph once on the onnx executor and returns all its outputs. */
export async function runGraph(
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  layout: NonNullable<CompileOptions['layout']> = 'automatic',
): Promise<ReadonlyMap<string, Tensor>> {
  const program = await onnxExecutor.compile(graph, { state: [], threads: 1, layout });
  try {
    return await program.run(
      feeds instanceof Map ? feeds : new Map(Object.entries(feeds as Record<string, Tensor>)),
      graph.outputs.map((output) => output.name),
    );
  } finally {
    await program.dispose();
  }
}

/** Largest absolute difference of two tensors of the same shape. */
export function maxDifference(a: Tensor | undefined, b: Tensor | undefined): number {
  if (!a || !b || a.dims.join() !== b.dims.join()) {
    throw new Error(`Shapes differ: [${a?.dims.join()}] and [${b?.dims.join()}].`);
  }
  let largest = 0;
  for (let at = 0; at < a.data.length; at++) {
    const difference = Math.abs(Number(a.data[at]) - Number(b.data[at]));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** ‖a − b‖ ÷ (‖b‖ + floor): how far a gradient is from its reference. */
export function relativeError(a: Tensor | undefined, b: Tensor | undefined, floor = 1e-6): number {
  maxDifference(a, b);
  let difference = 0;
  let norm = 0;
  for (let at = 0; at < b!.data.length; at++) {
    difference += (Number(a!.data[at]) - Number(b!.data[at])) ** 2;
    norm += Number(b!.data[at]) ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(norm) + floor);
}
