import { floatsFromHalf, halfFromFloats } from '../graph/tensor.ts';

/** All 65,536 half-precision numbers: looking one up is several times faster than computing it. */
const table = floatsFromHalf(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits));

/** Widens half-precision bits into `target` from `offset` on; exact. */
export function widenInto(bits: Uint16Array, target: Float32Array, offset: number): void {
  for (let index = 0; index < bits.length; index++) target[offset + index] = table[bits[index]!]!;
}

/** Rounds to half precision; what lies beyond its range (65,504) is kept at its end rather than made infinite. */
export function narrowed(values: Float32Array): Uint16Array {
  const safe = values.some((value) => Math.abs(value) > 65504)
    ? values.map((value) => Math.min(65504, Math.max(-65504, value)))
    : values;
  return halfFromFloats(safe);
}
