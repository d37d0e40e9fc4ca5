import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { LoweringContext } from '../batch-major/registry.ts';
import { kernelPositions, padSpatial, sliceAt } from '../batch-major/taps.ts';
import { product } from '../channel-major/convolution.ts';

/**
 * Dense convolutions of few channels as one product, as in channel-major: what each tap sees of a channel is a row of a
 * matrix [taps·C, oh·ow·N], whose products with kernels and gradients come and go in the layout.
 */

/** Forward: [H, W, N, C] by kernels [O, C, kh, kw], without the bias. */
export function columnsOutput(at: LoweringContext): string {
  const { kernel, input, result } = at.window;
  const [batch, outputs, ...plane] = result as [number, number, ...number[]];
  const turned = at.emit('Transpose', [at.input(1)], { perm: ints([2, 3, 1, 0]) });
  const weights = at.reshape(turned, [elementCount(kernel) * input[1]!, outputs]);
  const rows = product(at, columns(at, at.input(0), plane), weights, 1, 0);
  return at.reshape(rows, [...plane, batch, outputs]);
}

/** The columns times the gradient [oh, ow, N, O]. */
export function columnsWeight(at: LoweringContext): string {
  const { kernel, input } = at.window;
  const [height, width, batch, outputs] = at.dims(at.input(0)) as [number, number, number, number];
  const gradient = at.reshape(at.input(0), [height * width * batch, outputs]);
  const taps = product(at, columns(at, at.input(1), [height, width]), gradient, 0, 0);
  return at.emit('Transpose', [at.reshape(taps, [...kernel, input[1]!, outputs])], {
    perm: ints([3, 2, 0, 1]),
  });
}

/** What each tap of the kernel sees of an image [H, W, N, C] at every place of the result, one row a channel. */
function columns(at: LoweringContext, image: string, plane: readonly number[]): string {
  const { kernel, input } = at.window;
  const [batch, channels] = input as readonly [number, number];
  const [height, width] = at.dims(image) as [number, number];
  const turned = turnedOver(at, image, height * width * batch, channels);
  const planes = at.reshape(turned, [channels, height, width, batch]);
  const padded = padSpatial(at, planes, 1);
  const rows = kernelPositions(kernel).map((offset) =>
    at.reshape(sliceAt(at, padded, offset, plane, 1), [channels, elementCount(plane) * batch]),
  );
  return rows.length === 1 ? rows[0]! : at.emit('Concat', rows, { axis: int(0) });
}

/**
 * A matrix [rows, columns], whatever its shape, turned over in memory. Written in four axes, two of them of length 1: the one
 * order [0, 3, 1, 2] OpenVINO has a kernel for (1152×56²: 4.5 ms instead of 11 as a transposition of its three axes).
 */
export function turnedOver(at: LoweringContext, value: string, rows: number, columns: number): string {
  return at.emit('Transpose', [at.reshape(value, [1, rows, 1, columns])], { perm: ints([0, 3, 1, 2]) });
}
