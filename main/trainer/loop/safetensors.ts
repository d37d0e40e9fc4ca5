import { z } from 'zod';
import { StudioError } from '../../../shared/domain/errors.ts';
import { bytesPerElement, elementCount, tensorBytes, tensorFromBytes } from '../graph/tensor.ts';
import type { ElementType, Tensor } from '../graph/types.ts';

/** Names of element types in the safetensors format. */
const names: Readonly<Record<ElementType, string>> = {
  float32: 'F32',
  float16: 'F16',
  float64: 'F64',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};
const types = new Map(Object.entries(names).map(([type, name]) => [name, type as ElementType]));

const entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** A header larger than this is no header. */
const LONGEST_HEADER = 100_000_000;

/** Tensors as a safetensors file (https://github.com/huggingface/safetensors): JSON header, then the raw bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, dims, data }] of tensors) {
    header[name] = { dtype: names[dtype], shape: dims, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // The format wants the data to begin at a multiple of eight; spaces fill the gap.
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 0, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let at = start;
  for (const value of tensors.values()) {
    file.set(tensorBytes(value), at);
    at += value.data.byteLength;
  }
  return file;
}

/** Reads a safetensors file; `file` is named in the error (FILE_UNREADABLE) where it is damaged. */
export function readSafetensors(bytes: Uint8Array, file: string): Map<string, Tensor> {
  const damaged = (reason: string) =>
    new StudioError('FILE_UNREADABLE', `The weights ${file} are damaged: ${reason}. Train the model again.`, {
      file,
      reason,
    });
  if (bytes.length < 8) throw damaged('the file is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > bytes.length) throw damaged('its header is cut short');
  let header: Record<string, unknown>;
  try {
    header = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
  } catch {
    throw damaged('its header is not JSON');
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const parsed = entry.safeParse(value);
    const dtype = parsed.success ? types.get(parsed.data.dtype) : undefined;
    if (!parsed.success || dtype === undefined) throw damaged(`"${name}" has an unknown form`);
    const [from, to] = parsed.data.data_offsets;
    const expected = elementCount(parsed.data.shape) * bytesPerElement(dtype);
    if (to - from !== expected || 8 + length + to > bytes.length) throw damaged(`"${name}" is cut short`);
    tensors.set(
      name,
      tensorFromBytes(dtype, parsed.data.shape, bytes.subarray(8 + length + from, 8 + length + to)),
    );
  }
  return tensors;
}
