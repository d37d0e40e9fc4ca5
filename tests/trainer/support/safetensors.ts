import { readFileSync } from 'node:fs';
import { tensorFromBytes } from '../../../main/trainer/graph/tensor.ts';
import type { ElementType, Tensor } from '../../../main/trainer/graph/types.ts';

const types: Readonly<Record<string, ElementType>> = {
  F32: 'float32',
  F64: 'float64',
  F16: 'float16',
  U8: 'uint8',
  I64: 'int64',
  I32: 'int32',
  BOOL: 'bool',
};

/** Reads a safetensors file that a fixture script wrote. */
export function readSafetensors(file: string | URL): ReadonlyMap<string, Tensor> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const body = bytes.subarray(8 + length);
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, entry]) => [
        name,
        tensorFromBytes(types[entry.dtype]!, entry.shape, body.subarray(...entry.data_offsets)),
      ]),
  );
}
