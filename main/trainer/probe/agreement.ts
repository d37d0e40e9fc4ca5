import { differentiate } from '../autodiff/differentiate.ts';
import { onnxExecutor } from '../executors/onnx/executor.ts';
import type { Executor } from '../executors/types.ts';
import { absorbBatchNormalization } from '../graph/absorb-batch-normalization.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { type CheckNetwork, convolutionCheck, transformerCheck } from './networks.ts';

/** Largest difference of a gradient, relative to the largest gradient of its tensor, that still counts as right. */
export const AGREEMENT = 1e-3;
/**
 * Gradients smaller than this share of the network's largest are compared with that instead: a transformer's key bias
 * has a gradient of exactly zero, of which every runtime computes different rounding noise.
 */
const FLOOR = 1e-4;
/** How far the reference's own slope may be from its finite difference; float32 leaves about three digits of it. */
const SLOPE_AGREEMENT = 2e-2;

type Gradients = ReadonlyMap<string, Float32Array>;

/**
 * The largest relative difference between an executor's gradients and the reference's, over a network of convolutions
 * and one of a transformer. The reference itself is compared with the slope of its own loss.
 */
export async function disagreement(executor: Executor, threads: number): Promise<number> {
  let largest = 0;
  for (const network of [convolutionCheck(), transformerCheck()]) {
    const difference =
      executor === onnxExecutor
        ? await slopeError(network, threads)
        : relativeDifference(
            await gradientsOf(executor, network, threads),
            await gradientsOf(onnxExecutor, network, threads),
          );
    largest = worse(largest, difference);
  }
  return largest;
}

/** Differences between two sets of gradients, as a share of each tensor's largest entry; NaN where a value is none. */
export function relativeDifference(found: Gradients, reference: Gradients): number {
  const sizes = new Map([...reference].map(([name, values]) => [name, largestOf(values)]));
  const floor = FLOOR * Math.max(...sizes.values());
  let worst = 0;
  for (const [name, values] of reference) {
    const other = found.get(name);
    if (!other || other.length !== values.length) return Number.NaN;
    let difference = 0;
    for (let at = 0; at < values.length; at++) {
      difference = worse(difference, Math.abs(values[at]! - other[at]!));
    }
    worst = worse(worst, difference / Math.max(sizes.get(name)!, floor));
  }
  return worst;
}

/** The larger of two differences; one that is not a number is the worst of all, and stays. */
function worse(one: number, other: number): number {
  return Number.isNaN(one) || one > other ? one : other;
}

async function gradientsOf(executor: Executor, network: CheckNetwork, threads: number): Promise<Gradients> {
  const { graph, gradients } = differentiate(absorbBatchNormalization(network.graph), {
    loss: network.loss,
    wrt: network.parameters,
  });
  const builder = new GraphBuilder(graph);
  for (const name of network.parameters) builder.release(name);
  const wanted = [...gradients.values()];
  const program = await executor.compile(builder.finish(graph.name, [network.loss, ...wanted]), {
    state: network.parameters.map((name) => ({ name })),
    threads,
  });
  try {
    await program.setState(weightsOf(network));
    const results = await program.run(network.feeds, [network.loss, ...wanted]);
    return new Map(
      [network.loss, ...network.parameters].map((name) => [
        name,
        results.get(gradients.get(name) ?? name)!.data as Float32Array,
      ]),
    );
  } finally {
    await program.dispose();
  }
}

/**
 * How far the slope along the gradient, |g|², is from the central difference of the loss in that direction, scaled so
 * that what counts as right is the same number as for the others.
 */
async function slopeError(network: CheckNetwork, threads: number): Promise<number> {
  const gradients = await gradientsOf(onnxExecutor, network, threads);
  const parameters = network.parameters.map((name) => [name, gradients.get(name)!] as const);
  const squares = parameters.reduce(
    (sum, [, values]) => sum + values.reduce((all, value) => all + value * value, 0),
    0,
  );
  const weights = weightsOf(network);
  const builder = new GraphBuilder(absorbBatchNormalization(network.graph));
  for (const name of network.parameters) builder.release(name);
  const program = await onnxExecutor.compile(builder.finish(network.name, [network.loss]), {
    state: network.parameters.map((name) => ({ name })),
    threads,
  });
  const lossAt = async (step: number): Promise<number> => {
    const moved = parameters.map(([name, gradient]): [string, Tensor] => {
      const { dims, data } = weights.get(name)!;
      const values = (data as Float32Array).map((value, at) => value + step * gradient[at]!);
      return [name, floatTensor(dims, values)];
    });
    await program.setState(new Map(moved));
    return ((await program.run(network.feeds, [network.loss])).get(network.loss)!.data as Float32Array)[0]!;
  };
  try {
    // A step that changes the loss by about a hundredth: far above rounding, far below its curvature.
    const step = 0.005 / squares;
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    return (Math.abs(slope - squares) / squares) * (AGREEMENT / SLOPE_AGREEMENT);
  } finally {
    await program.dispose();
  }
}

function weightsOf(network: CheckNetwork): Map<string, Tensor> {
  return new Map(network.parameters.map((name) => [name, network.graph.initializers.get(name)!]));
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
