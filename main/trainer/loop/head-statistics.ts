import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { statistics } from './phase-network.ts';
import type { RunSetup } from './run-setup.ts';

/** Mean and deviation of every feature over the images that learn, so that no feature outweighs the others by its scale. */
export async function headStatistics(
  setup: RunSetup,
  training: readonly number[],
): Promise<Map<string, Tensor>> {
  const features = setup.assembly.body!.features;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  for (const image of training) {
    const [row] = (await setup.features!.batch([image], 1, null)).values();
    const values = row!.data as Float32Array;
    for (let index = 0; index < features; index++) {
      sum[index]! += values[index]!;
      squares[index]! += values[index]! ** 2;
    }
  }
  const mean = sum.map((value) => value / training.length);
  const variance = squares.map((value, index) => Math.max(0, value / training.length - mean[index]! ** 2));
  const typical = variance.reduce((total, value) => total + value, 0) / features;
  // A feature that hardly varies says little; without the floor its noise would be blown up to the size of the others.
  const deviation = variance.map((value) => Math.sqrt(value + 1e-3 * typical) || 1);
  return new Map<string, Tensor>([
    [statistics[0], floatTensor([1, features], Float32Array.from(mean))],
    [statistics[1], floatTensor([1, features], Float32Array.from(deviation))],
  ]);
}
