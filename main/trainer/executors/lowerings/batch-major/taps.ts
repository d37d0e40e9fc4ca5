import { int, ints } from '../../../graph/attributes.ts';
import type { LoweringContext } from './registry.ts';

/** What convolutions' gradients and poolings are made of: what single positions of a kernel see. */

/** Correlates input and output gradient: strides and dilations change places. */
export function convolveByGradient(
  at: LoweringContext,
  images: string,
  kernels: string,
  pads: readonly number[],
  shape: readonly number[],
  groups: number,
): string {
  const { strides, dilations } = at.window;
  return at.emit('Conv', [images, kernels], {
    kernel_shape: ints(shape),
    strides: ints(dilations),
    dilations: ints(strides),
    pads: ints(pads),
    group: int(groups),
  });
}

/** Where the stride leaves a remainder of the input unused, the correlation has taps beyond the kernel: they are cut off. */
export function cropTaps(at: LoweringContext, taps: string, firstAxis: number): string {
  const { kernel } = at.window;
  const dims = at.dims(taps);
  if (kernel.every((size, axis) => dims[axis + firstAxis] === size)) return taps;
  const { builder } = at;
  return at.emit('Slice', [
    taps,
    builder.ints([0, 0]),
    builder.ints(kernel),
    builder.ints([firstAxis, firstAxis + 1]),
  ]);
}

/** Pads an image's spatial axes, of which the first is `firstAxis`, as the forward convolution did. */
export function padSpatial(at: LoweringContext, value: string, firstAxis = 2): string {
  const { before, after } = at.window;
  if ([...before, ...after].every((pad) => pad === 0)) return value;
  const rank = at.dims(value).length;
  const pads = (sizes: readonly number[]) =>
    Array.from({ length: rank }, (_, axis) => sizes[axis - firstAxis] ?? 0);
  return at.emit('Pad', [value, at.builder.ints([...pads(before), ...pads(after)])]);
}

/** Every position of a kernel, last axis fastest. */
export function kernelPositions(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (positions, size) =>
      positions.flatMap((position) => Array.from({ length: size }, (_, at) => [...position, at])),
    [[]],
  );
}

/** What one kernel position sees of the padded input at every output position. */
export function sliceAt(
  at: LoweringContext,
  padded: string,
  offset: readonly number[],
  output: readonly number[],
  firstAxis = 2,
): string {
  const { strides, dilations } = at.window;
  const { builder } = at;
  const starts = offset.map((position, axis) => position * dilations[axis]!);
  const ends = starts.map((start, axis) => start + (output[axis]! - 1) * strides[axis]! + 1);
  const axes = offset.map((_, axis) => axis + firstAxis);
  return at.emit('Slice', [
    padded,
    builder.ints(starts),
    builder.ints(ends),
    builder.ints(axes),
    builder.ints(strides),
  ]);
}
