import { int } from '../../../graph/attributes.ts';
import { floatTensor, tensor } from '../../../graph/tensor.ts';
import type { LoweringContext, Window } from '../batch-major/registry.ts';

/**
 * Depthwise convolution of small maps as one batched product: the kh rows an output row sees are laid side by side,
 * [C, N·oh, kh·w], and multiplied by a banded matrix [C, kh·w, ow] that holds the kernel at its places (its rows are
 * a Toeplitz matrix). Many of its factors are zero, but at small widths the product still wins.
 * The rows are gathered in one pass; slicing and concatenating them took up to three times as long.
 */

/** Bands are written for undilated windows with ordinary padding. */
export function fitsBands({ kernel, dilations, before }: Window): boolean {
  return dilations.every((step) => step === 1) && before.every((pad, axis) => pad < kernel[axis]!);
}

/** Forward: [C, N, H, W] convolved by kernels [C, 1, kh, kw]. */
export function bandedOutput(at: LoweringContext): string {
  const { window } = at;
  const [oh, ow] = window.result.slice(2) as [number, number];
  const [channels, batch] = at.dims(at.input(0)) as [number, number];
  const seen = forwardRows(at, at.input(0), oh);
  const bands = band(at, at.input(1), forwardPlaces(window, ow), window.input[3]!, ow);
  const output = at.reshape(at.emit('MatMul', [seen, bands]), [channels, batch, oh, ow]);
  return at.inputs[2] ? at.emit('Add', [output, at.reshape(at.inputs[2], [channels, 1, 1, 1])]) : output;
}

/** Weight gradient: rows times gradient gives the banded matrix's gradient; summed over each tap's places it is the kernel's. */
export function bandedWeight(at: LoweringContext): string {
  const { window } = at;
  const [dy, x] = [at.input(0), at.input(1)];
  const [channels, batch, oh, ow] = at.dims(dy) as [number, number, number, number];
  const seen = forwardRows(at, x, oh);
  const gradient = at.reshape(dy, [channels, batch * oh, ow]);
  const bands = at.emit('FusedMatMul', [seen, gradient], { transA: int(1), transB: int(0) }, 'com.microsoft');
  const size = window.kernel[0]! * window.input[3]! * ow;
  const places = placesConstant(at, forwardPlaces(window, ow), window.input[3]!, ow);
  const taps = at.emit(
    'FusedMatMul',
    [at.reshape(bands, [channels, size]), places],
    { transA: int(0), transB: int(1) },
    'com.microsoft',
  );
  return at.reshape(taps, window.result);
}

/** Stride 1: every input row is a sum over the gradient's rows around it, by the kernel turned by 180 degrees. */
export function bandedInput(at: LoweringContext): string {
  const { kernel, before, input } = at.window;
  const [channels, batch, oh, ow] = at.dims(at.input(0)) as [number, number, number, number];
  const [height, width] = input.slice(2) as [number, number];
  const head = kernel[0]! - 1 - before[0]!;
  const seen = shiftedRows(at, at.input(0), {
    rows: kernel[0]!,
    head,
    tail: height - oh + before[0]!,
    count: height,
    stride: 1,
  });
  const places: Place[] = [];
  for (let ky = 0; ky < kernel[0]!; ky++) {
    for (let kx = 0; kx < kernel[1]!; kx++) {
      for (let column = 0; column < width; column++) {
        const from = column - kx + before[1]!;
        if (from >= 0 && from < ow)
          places.push({ tap: ky * kernel[1]! + kx, row: (kernel[0]! - 1 - ky) * ow + from, column });
      }
    }
  }
  const bands = band(at, at.input(1), places, ow, width);
  return at.reshape(at.emit('MatMul', [seen, bands]), [channels, batch, height, width]);
}

/** One kernel tap at one place of the banded matrix. */
interface Place {
  readonly tap: number;
  readonly row: number;
  readonly column: number;
}

function forwardPlaces({ kernel, strides, before, input }: Window, ow: number): readonly Place[] {
  const width = input[3]!;
  const places: Place[] = [];
  for (let ky = 0; ky < kernel[0]!; ky++) {
    for (let kx = 0; kx < kernel[1]!; kx++) {
      for (let column = 0; column < ow; column++) {
        const from = column * strides[1]! + kx - before[1]!;
        if (from >= 0 && from < width)
          places.push({ tap: ky * kernel[1]! + kx, row: ky * width + from, column });
      }
    }
  }
  return places;
}

function forwardRows(at: LoweringContext, x: string, oh: number): string {
  const { kernel, strides, before, input } = at.window;
  const needed = (oh - 1) * strides[0]! + kernel[0]!;
  return shiftedRows(at, x, {
    rows: kernel[0]!,
    head: before[0]!,
    tail: Math.max(needed - before[0]! - input[2]!, 0),
    count: oh,
    stride: strides[0]!,
  });
}

interface RowShifts {
  readonly rows: number;
  readonly head: number;
  readonly tail: number;
  readonly count: number;
  readonly stride: number;
}

/** Lays `rows` vertically shifted copies of a map [C, N, H, W] side by side: [C, N·count, rows·W]. */
function shiftedRows(
  at: LoweringContext,
  value: string,
  { rows, head, tail, count, stride }: RowShifts,
): string {
  const [channels, batch, , width] = at.dims(value) as [number, number, number, number];
  const { builder } = at;
  const padded = at.emit('Pad', [value, builder.ints([0, 0, head, 0, 0, 0, tail, 0])]);
  const indices = Array.from(
    { length: count * rows },
    (_, at) => Math.floor(at / rows) * stride + (at % rows),
  );
  const gathered = at.emit(
    'Gather',
    [padded, builder.constant(tensor('int64', [count, rows], BigInt64Array.from(indices, BigInt)))],
    {
      axis: int(2),
    },
  );
  return at.reshape(gathered, [channels, batch * count, rows * width]);
}

/** The banded matrices of all channels, [C, rows·width, columns], from kernels [C, 1, kh, kw]. */
function band(
  at: LoweringContext,
  w: string,
  places: readonly Place[],
  width: number,
  columns: number,
): string {
  const [channels, , kh, kw] = at.dims(w) as [number, number, number, number];
  const taps = at.reshape(w, [channels, kh * kw]);
  const flat = at.emit('MatMul', [taps, placesConstant(at, places, width, columns)]);
  return at.reshape(flat, [channels, kh * width, columns]);
}

/** The constant [taps, rows·width·columns] that puts every kernel tap at its places. */
function placesConstant(
  at: LoweringContext,
  places: readonly Place[],
  width: number,
  columns: number,
): string {
  const { kernel } = at.window;
  const taps = kernel[0]! * kernel[1]!;
  const size = kernel[0]! * width * columns;
  const ones = new Float32Array(taps * size);
  for (const { tap, row, column } of places) ones[tap * size + row * columns + column] = 1;
  return at.builder.constant(floatTensor([taps, size], ones), 'bands');
}
