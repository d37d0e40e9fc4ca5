import { halfFromFloats } from '../graph/tensor.ts';

/** Rounds to half precision; what lies beyond its range (65,504) is kept at its end rather than made infinite. */
export function narrowed(values: Float32Array): Uint16Array {
  const safe = values.some((value) => Math.abs(value) > 65504)
    ? values.map((value) => Math.min(65504, Math.max(-65504, value)))
    : values;
  return halfFromFloats(safe);
}
