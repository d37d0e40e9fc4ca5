import { NetworkError } from './errors.ts';
import type { ElementStorage, ElementType, FloatTensor, Tensor } from './types.ts';

const storages = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Number of elements a shape holds; the empty shape is a scalar and holds one. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) count *= dim;
  return count;
}

/** Bytes of one element, for memory estimates and for reading raw data. */
export function bytesPerElement(dtype: ElementType): number {
  return storages[dtype].BYTES_PER_ELEMENT;
}

/** Pairs storage with its shape after checking that they agree (SHAPE_MISMATCH if not). */
export function tensor<T extends ElementType>(
  dtype: T,
  dims: readonly number[],
  data: ElementStorage[T],
): Tensor {
  if (data.length !== elementCount(dims)) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `${data.length} elements do not fill the shape [${dims.join(', ')}].`,
    );
  }
  return { dtype, dims: [...dims], data } as unknown as Tensor;
}

/** A float32 tensor, the commonest kind. */
export function floatTensor(dims: readonly number[], data: Float32Array | readonly number[]): FloatTensor {
  return tensor(
    'float32',
    dims,
    data instanceof Float32Array ? data : Float32Array.from(data),
  ) as FloatTensor;
}

/** A one-dimensional int64 tensor: the form in which ONNX passes shapes and axes. */
export function intsTensor(values: readonly number[]): Tensor {
  return tensor('int64', [values.length], BigInt64Array.from(values, wholeNumber));
}

/** Numbers rounded to a type (whole numbers up to 2^53; not for half precision). */
export function tensorFromNumbers(
  dtype: ElementType,
  dims: readonly number[],
  numbers: ArrayLike<number>,
): Tensor {
  if (dtype === 'int64') return tensor('int64', dims, BigInt64Array.from(Array.from(numbers, wholeNumber)));
  const Storage = storages[dtype];
  return tensor(dtype, dims, Storage.from(numbers) as ElementStorage[typeof dtype]);
}

/** The largest int64, by which files say "to the end", is no exact number: it would wrap around to the smallest. */
function wholeNumber(value: number): bigint {
  return BigInt(Math.min(Math.max(Math.trunc(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}

/** Zeros of any type, e.g. for fresh optimiser slots. */
export function zeros(dims: readonly number[], dtype: ElementType = 'float32'): Tensor {
  const Storage = storages[dtype];
  return tensor(dtype, dims, new Storage(elementCount(dims)) as ElementStorage[typeof dtype]);
}

/** Reads little-endian bytes (ONNX raw data, safetensors) into a tensor of their own memory; the length must fit the shape. */
export function tensorFromBytes(dtype: ElementType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const expected = elementCount(dims) * bytesPerElement(dtype);
  if (bytes.byteLength !== expected) {
    throw new NetworkError(
      'INVALID_GRAPH',
      `A tensor of shape [${dims.join(', ')}] needs ${expected} bytes but has ${bytes.byteLength}; the file is damaged.`,
    );
  }
  // Not bytes.slice(): on a Node Buffer that is a view, with neither its own memory nor the right alignment.
  const copy = new Uint8Array(bytes).buffer;
  const Storage = storages[dtype];
  return tensor(dtype, dims, new Storage(copy) as ElementStorage[typeof dtype]);
}

/** The bytes of a tensor as they are stored in files (little-endian, no copy). */
export function tensorBytes(value: Tensor): Uint8Array {
  return new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
}

/** Whole numbers of an int64, int32 or bool tensor, for shape arithmetic. */
export function tensorInts(value: Tensor): number[] {
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}

/** Widens IEEE half-precision bits to float32 exactly; weights are stored in half the space and computed in full. */
export function floatsFromHalf(bits: Uint16Array): Float32Array {
  halfValues ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half));
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = halfValues[bits[i]!]!;
  return floats;
}

/** Every half-precision value by its bits: cached activations are widened at every step, and a look-up takes 1 ns. */
let halfValues: Float32Array | undefined;

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** Rounds float32 to IEEE half-precision bits (nearest, ties to even), the form in which activations are cached. */
export function halfFromFloats(floats: Float32Array): Uint16Array {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) halves[i] = floatToHalf(floats[i]!);
  return halves;
}

function floatToHalf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal halves are multiples of 2^-24; Math.round would break ties upwards, not to even.
    const scaled = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}
