import { onnxExecutor } from '../executors/onnx/executor.ts';
import type { Program } from '../executors/types.ts';
import { tensor } from '../graph/tensor.ts';
import { IMAGE, pixelStage, RESIZED } from './pixel-stage.ts';
import type { RunShape } from './run-shape.ts';

/** What pictures are brought to: the run's shape, on paper of the mean colour. */
export interface Sizing {
  readonly shape: RunShape;
  readonly mean: readonly [number, number, number];
}

/** The program that brings decoded images of any size to the run's shape. */
export function compileResizer({ shape, mean }: Sizing, threads: number): Promise<Program> {
  // Always the reference: pixels are the same bytes, whatever runs the network.
  return onnxExecutor.compile(pixelStage(shape, mean), { state: [], threads });
}

/** Resized pixels of a decoded image: uint8 planes [3, height, width]. */
export async function resize(
  resizer: Program,
  image: { readonly data: Uint8Array; readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const feeds = new Map([[IMAGE, tensor('uint8', [1, image.height, image.width, 3], image.data)]]);
  return (await resizer.run(feeds, [RESIZED])).get(RESIZED)!.data as Uint8Array;
}
