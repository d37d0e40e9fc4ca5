import { bytesPerElement, elementCount, tensorFromBytes } from '../../graph/tensor.ts';
import type { ElementType, Tensor } from '../../graph/types.ts';
import { referenceError } from './errors.ts';

/** What a file of numpy holds: numbers, or texts (such as file names). */
export type NumpyArray =
  | { readonly kind: 'numbers'; readonly tensor: Tensor }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

const MAGIC = '\x93NUMPY';
const types: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  b1: 'bool',
};
/** A header is one Python literal of three known keys in any order, and nothing else. */
const entry = /^\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d,\sL]*\))\s*,?/;

/**
 * Reads one array in numpy's own format (.npy, versions 1 to 3): little-endian numbers in C order, or texts. Python objects
 * are refused, never run. WEIGHTS_MISMATCH says what is wrong with `file`.
 */
export function readNpy(bytes: Uint8Array, file: string): NumpyArray {
  const wrong = (why: string) => referenceError('referenceFile', `${file} cannot be read: ${why}`, { file });
  if (bytes.length < 10 || latin1(bytes.subarray(0, 6)) !== MAGIC)
    throw wrong('it is no array of numpy (.npy)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw wrong(`its version ${version} is not known`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw wrong('it is cut short');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw wrong('its header is cut short');
  const header = bytes.subarray(start, start + length);
  const said = readHeader(version === 3 ? new TextDecoder().decode(header) : latin1(header));
  if (said === null) throw wrong('its header is not understood');
  if (said.fortran && said.shape.length > 1)
    throw wrong('its numbers go by columns; save it as numpy.ascontiguousarray(array)');
  const data = bytes.subarray(start + length);
  return arrayOf(said, data, wrong);
}

const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function readHeader(header: string): Header | null {
  let rest = header.trim();
  if (!rest.startsWith('{') || !rest.endsWith('}')) return null;
  rest = rest.slice(1, -1).trim();
  const found = new Map<string, string>();
  while (rest !== '') {
    const match = entry.exec(rest);
    if (match === null || found.has(match[1]!)) return null;
    found.set(match[1]!, match[2]!);
    rest = rest.slice(match[0].length).trim();
  }
  const [descr, fortran, shape] = ['descr', 'fortran_order', 'shape'].map((key) => found.get(key));
  if (!descr?.startsWith("'") || !shape?.startsWith('(')) return null;
  if (fortran !== 'True' && fortran !== 'False') return null;
  const sides = shape
    .slice(1, -1)
    .split(',')
    .map((side) => side.trim());
  if (sides.at(-1) === '') sides.pop();
  if (!sides.every((side) => /^\d+L?$/.test(side))) return null;
  return {
    descr: descr.slice(1, -1),
    fortran: fortran === 'True',
    shape: sides.map((side) => Number.parseInt(side, 10)),
  };
}

function arrayOf({ descr, shape }: Header, data: Uint8Array, wrong: (why: string) => Error): NumpyArray {
  const match = /^([<|>=])([a-zA-Z])(\d+)$/.exec(descr);
  if (match === null) throw wrong(`its numbers are "${descr}", which cannot be taken`);
  const [, order, kind, size] = match as unknown as readonly [string, string, string, string];
  if (order === '>') throw wrong('its numbers are big-endian; save it as array.astype("<f4")');
  const count = elementCount(shape);
  const width = kind === 'U' ? 4 * Number(size) : null;
  const dtype = types[`${kind}${size}`];
  if (width === null && dtype === undefined) throw wrong(`its numbers are "${descr}", which cannot be taken`);
  const needed = count * (width ?? bytesPerElement(dtype!));
  if (!Number.isSafeInteger(needed) || data.length !== needed)
    throw wrong(`its shape [${shape.join(', ')}] needs ${needed} bytes, and it has ${data.length}`);
  if (width !== null) return { kind: 'texts', texts: textsOf(data, count, width) };
  return { kind: 'numbers', tensor: tensorFromBytes(dtype!, shape, data) };
}

/** Texts are code points of four bytes each, filled up with zeros. */
function textsOf(data: Uint8Array, count: number, width: number): readonly string[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: count }, (_, at) => {
    const points = Array.from({ length: width / 4 }, (__, each) =>
      view.getUint32(at * width + 4 * each, true),
    );
    return String.fromCodePoint(...points.filter((point) => point > 0 && point <= 0x10ffff));
  });
}
