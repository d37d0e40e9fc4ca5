import { int, ints } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { hasFewChannels } from '../batch-major/dense-weight.ts';
import type { LoweringContext } from '../batch-major/registry.ts';
import { kernelPositions, padSpatial, sliceAt } from '../batch-major/taps.ts';

/**
 * Dense convolutions of few channels (a network's first, on the colours of an image) as one product: what each tap sees
 * is a row of a matrix [taps·C, N·oh·ow], and the result is channel-major without a transposition of the largest map.
 */

/** With more taps the matrix takes more memory, and its slices more time, than it saves. */
const FEW_TAPS = 9;

export function hasFewColumns(at: LoweringContext): boolean {
  return hasFewChannels(at) && elementCount(at.window.kernel) <= FEW_TAPS;
}

/** Forward: [C, N, H, W] by kernels [O, C, kh, kw]. */
export function columnsOutput(at: LoweringContext): string {
  const { result } = at.window;
  const [batch, outputs, ...plane] = result as [number, number, ...number[]];
  const { kernel, input } = at.window;
  const turned = at.emit('Transpose', [at.input(1)], { perm: ints([0, 2, 3, 1]) });
  const weights = at.reshape(turned, [outputs, elementCount(kernel) * input[1]!]);
  const bias = at.inputs[2] ? [at.reshape(at.inputs[2], [outputs, 1])] : [];
  const product = at.emit('Gemm', [weights, columns(at, at.input(0), plane), ...bias]);
  return at.reshape(product, [outputs, batch, ...plane]);
}

/** The gradient [O, N, oh, ow] times the columns. */
export function columnsWeight(at: LoweringContext): string {
  const { kernel, input } = at.window;
  const [outputs, batch, ...plane] = at.dims(at.input(0)) as [number, number, ...number[]];
  const gradient = at.reshape(at.input(0), [outputs, batch * elementCount(plane)]);
  const product = at.emit(
    'FusedMatMul',
    [gradient, columns(at, at.input(1), plane)],
    { transA: int(0), transB: int(1) },
    'com.microsoft',
  );
  return at.emit('Transpose', [at.reshape(product, [outputs, ...kernel, input[1]!])], {
    perm: ints([0, 3, 1, 2]),
  });
}

/** What each tap of the kernel sees of an image [C, N, H, W] at every place of the result, one row a channel. */
function columns(at: LoweringContext, image: string, plane: readonly number[]): string {
  const { kernel, input } = at.window;
  const [batch, channels] = input as readonly [number, number];
  const padded = padSpatial(at, image);
  const rows = kernelPositions(kernel).map((offset) =>
    at.reshape(sliceAt(at, padded, offset, plane), [channels, batch * elementCount(plane)]),
  );
  return rows.length === 1 ? rows[0]! : at.emit('Concat', rows, { axis: int(0) });
}
