import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor } from '../../../main/trainer/graph/types.ts';

/**
 * Numbers made from names, bit for bit as tests/fixtures/trainer/topologies/seeded.py makes them, so that the weights
 * of whole networks need not be stored: FNV-1a of the name seeds splitmix32, one step an element.
 */
function words(name: string, count: number): Uint32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const result = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    let z = (seed + Math.imul(at + 1, 0x9e3779b9)) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    result[at] = z ^ (z >>> 15);
  }
  return result;
}

/** float32 numbers spread evenly over [offset − scale, offset + scale), rounded after the product and after the sum. */
export function seededFloats(name: string, dims: readonly number[], offset = 0, scale = 1): FloatTensor {
  const values = new Float32Array(elementCount(dims));
  const [factor, base] = [Math.fround(scale), Math.fround(offset)];
  const hashes = words(name, values.length);
  for (let at = 0; at < values.length; at++) {
    values[at] = base + Math.fround(factor * (((hashes[at]! >>> 8) - 2 ** 23) * 2 ** -23));
  }
  return floatTensor(dims, values);
}

/** Number of projections the references hold. */
export const PROJECTIONS = 16;

/** Sums of the elements, each with the sign that bit k of its hash gives, for k = 0 … PROJECTIONS − 1. */
export function seededProjections(name: string, values: ArrayLike<number>): readonly number[] {
  const hashes = words(`${name}/projection`, values.length);
  // Elements with the same eight bits have the same eight signs: they are summed first.
  const halves = [new Float64Array(256), new Float64Array(256)] as const;
  for (let at = 0; at < values.length; at++) {
    halves[0][hashes[at]! & 255]! += values[at]!;
    halves[1][(hashes[at]! >>> 8) & 255]! += values[at]!;
  }
  return Array.from({ length: PROJECTIONS }, (_, k) =>
    halves[k >> 3]!.reduce((sum, value, bits) => sum + ((bits >> (k & 7)) & 1 ? value : -value), 0),
  );
}
