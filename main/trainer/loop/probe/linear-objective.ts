import { differentiate } from '../../autodiff/differentiate.ts';
import type { Executor } from '../../executors/types.ts';
import { attributes, int } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { floatTensor } from '../../graph/tensor.ts';
import type { Tensor } from '../../graph/types.ts';
import { buildLoss } from '../../losses/losses.ts';
import type { LossSpec } from '../../losses/types.ts';
import type { Slope } from './minimise.ts';

/** Rows of features, standardised, with their targets; row-major float32. */
export interface ProbeData {
  readonly features: number;
  readonly classes: number;
  readonly x: Float32Array;
  readonly targets: Float32Array;
}

/** A linear classifier's loss over rows with an L2 penalty on its weights, as a function of weights and biases. */
export interface LinearObjective {
  /**
   * Mean loss over rows by `rowWeights` plus penalty/2·‖W‖², biases free, and its gradient. The point is the weights
   * [classes, features], then the biases.
   */
  readonly slope: (point: Float64Array, rowWeights: Float32Array, penalty: number) => Promise<Slope>;
  /** Logits of all rows, [rows × classes]. */
  readonly logits: (point: Float64Array) => Promise<Float32Array>;
  readonly dispose: () => Promise<void>;
}

/** Rows that are computed at once where memory is not short: enough for the matrix products to be fast. */
export const ROWS = 512;

/** Compiles the loss of a linear classifier with its gradient. */
export async function openLinearObjective(
  executor: Executor,
  data: ProbeData,
  {
    loss,
    threads,
    rows = ROWS,
  }: { readonly loss: LossSpec; readonly threads: number; readonly rows?: number },
): Promise<LinearObjective> {
  const { features, classes } = data;
  const all = data.targets.length / classes;
  const graph = objectiveGraph({ rows, features, classes }, loss);
  const program = await executor.compile(graph.graph, { state: [], threads });
  const chunks = Array.from({ length: Math.ceil(all / rows) }, (_, index) => index * rows);
  const chunk = (values: Float32Array, at: number, width: number) => chunkOf(values, { at, rows, width });
  const x = chunks.map((at) => chunk(data.x, at, features));
  const targets = chunks.map((at) => chunk(data.targets, at, classes));
  const run = (index: number, point: Float64Array, weights: Tensor, fetches: readonly string[]) =>
    program.run(
      new Map([
        ['x', x[index]!],
        ['target', targets[index]!],
        ['weight', weights],
        ...parameters(point, features, classes),
      ]),
      fetches,
    );
  return {
    slope: async (point, rowWeights, penalty) => {
      let value = 0;
      let share = 0;
      const gradient = new Float64Array(point.length);
      for (const [index, at] of chunks.entries()) {
        const own = chunk(rowWeights, at, 1);
        if (own.data.every((weight) => weight === 0)) continue;
        const results = await run(index, point, { ...own, dims: [rows] }, graph.fetches);
        const [mean, part, byWeight, byBias] = graph.fetches.map(
          (name) => results.get(name)!.data as Float32Array,
        );
        value += mean![0]! * part![0]!;
        share += part![0]!;
        for (let at = 0; at < byWeight!.length; at++) gradient[at]! += byWeight![at]! * part![0]!;
        for (let at = 0; at < classes; at++) gradient[classes * features + at]! += byBias![at]! * part![0]!;
      }
      let squares = 0;
      for (let at = 0; at < gradient.length; at++) {
        gradient[at]! /= share;
        if (at >= classes * features) continue;
        gradient[at]! += penalty * point[at]!;
        squares += point[at]! ** 2;
      }
      return { value: value / share + (penalty / 2) * squares, gradient };
    },
    logits: async (point) => {
      const logits = new Float32Array(all * classes);
      const none = floatTensor([rows], new Float32Array(rows));
      for (const [index, at] of chunks.entries()) {
        const found = (await run(index, point, none, ['logits'])).get('logits')!.data as Float32Array;
        logits.set(found.subarray(0, Math.min(rows, all - at) * classes), at * classes);
      }
      return logits;
    },
    dispose: program.dispose.bind(program),
  };
}

function objectiveGraph(
  { rows, features, classes }: Pick<ProbeData, 'features' | 'classes'> & { readonly rows: number },
  loss: LossSpec,
) {
  const builder = new GraphBuilder();
  const input = (name: string, dims: readonly number[]) => builder.input(name, { dtype: 'float32', dims });
  const x = input('x', [rows, features]);
  const target = input('target', [rows, classes]);
  const sampleWeight = input('weight', [rows]);
  const parameters = [input('parameters.weight', [classes, features]), input('parameters.bias', [classes])];
  const product = builder.op('Gemm', [x, ...parameters], { attributes: attributes({ transB: int(1) }) });
  const logits = builder.alias(product, 'logits');
  const { value, share } = buildLoss(builder, { logits, target, sampleWeight }, loss);
  const forward = builder.finish('linear probe', [logits, value, share]);
  const { graph, gradients } = differentiate(forward, { loss: value, wrt: parameters });
  return { graph, fetches: [value, share, ...parameters.map((name) => gradients.get(name)!)] };
}

/** Some rows as a tensor [rows, width], zeros behind the last one; a view into the array where it is long enough. */
function chunkOf(
  values: Float32Array,
  { at, rows, width }: { readonly at: number; readonly rows: number; readonly width: number },
): Tensor {
  const part = values.subarray(at * width, (at + rows) * width);
  if (part.length === rows * width) return floatTensor([rows, width], part);
  const padded = new Float32Array(rows * width);
  padded.set(part);
  return floatTensor([rows, width], padded);
}

function parameters(point: Float64Array, features: number, classes: number): [string, Tensor][] {
  const split = classes * features;
  return [
    ['parameters.weight', floatTensor([classes, features], Float32Array.from(point.subarray(0, split)))],
    ['parameters.bias', floatTensor([classes], Float32Array.from(point.subarray(split)))],
  ];
}
