import type { ElementType } from './types.ts';

/** ONNX's numbers for element types (TensorProto.DataType); the one table for reading, writing and Cast. */
export const onnxTypeNumbers: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

const byNumber = new Map(Object.entries(onnxTypeNumbers).map(([name, code]) => [code, name as ElementType]));

/** The element type behind an ONNX number, undefined for those we do not compute with. */
export function elementTypeOf(onnxNumber: number): ElementType | undefined {
  return byNumber.get(onnxNumber);
}
