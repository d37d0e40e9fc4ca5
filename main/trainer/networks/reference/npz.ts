import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { fromBufferPromise } from 'yauzl';
import { referenceError } from './errors.ts';
import { type NumpyArray, readNpy } from './npy.ts';

/** A reference is photos of a network's size and rows of answers: no array of it is larger. */
const LARGEST_ARRAY = 2 ** 31;

/**
 * Reads the arrays of an .npz file (numpy.savez or savez_compressed: a zip of .npy files) by their names; NetworkError
 * WEIGHTS_MISMATCH says what is wrong with `file`.
 */
export async function readNpz(bytes: Uint8Array, file: string): Promise<ReadonlyMap<string, NumpyArray>> {
  const arrays = new Map<string, NumpyArray>();
  try {
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.npy')) continue;
      const name = entry.fileName.slice(0, -'.npy'.length);
      if (entry.uncompressedSize > LARGEST_ARRAY) throw new RangeError(`"${name}" is too large`);
      const content = await buffer(await zip.openReadStreamPromise(entry));
      if (crc32(content) !== entry.crc32) throw new RangeError(`"${name}" is damaged`);
      arrays.set(name, readNpy(content, `${file}/${name}`));
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'NetworkError') throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw referenceError('referenceFile', `${file} cannot be read: ${why}`, { file });
  }
  return arrays;
}
