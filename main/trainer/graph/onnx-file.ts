import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { NetworkError } from './errors.ts';
import { type ExternalData, readOnnx } from './onnx-reader.ts';
import type { Graph } from './types.ts';

/** An .onnx file as it lies on the disk, with the network it holds. */
export interface OnnxFile {
  readonly bytes: Uint8Array;
  readonly graph: Graph;
}

/**
 * Reads an .onnx file, weights that its exporter wrote into files beside it included: PyTorch's newer exporter does so if
 * it is not told otherwise. Throws what `readOnnx` throws; INVALID_GRAPH where such a file is missing, too short, or named as
 * lying in another folder.
 */
export async function openOnnx(file: string): Promise<OnnxFile> {
  const bytes = await readFile(file);
  const opened = new Map<string, number>();
  const fileOf = (location: string, value: string) => {
    const known = opened.get(location);
    if (known !== undefined) return known;
    const handle = openBeside(file, location, value);
    opened.set(location, handle);
    return handle;
  };
  const external: ExternalData = ({ location, offset, length }, value) => {
    const handle = fileOf(location, value);
    const end = fstatSync(handle).size;
    const size = length ?? end - offset;
    if (!(offset >= 0 && size >= 0 && offset + size <= end)) throw missing(value, location, 'ends too early');
    return readAt(handle, offset, size);
  };
  try {
    return { bytes, graph: readOnnx(bytes, external) };
  } finally {
    for (const handle of opened.values()) closeSync(handle);
  }
}

/** One read call takes at most 2 GiB. */
const LONGEST_READ = 2 ** 30;

function readAt(handle: number, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const count = readSync(handle, bytes, done, Math.min(size - done, LONGEST_READ), offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes;
}

/** A file that a network names must lie in the network's own folder: what else is on the disk is none of its business. */
function openBeside(file: string, location: string, value: string): number {
  try {
    const folder = realpathSync(dirname(file));
    const path = realpathSync(join(folder, location));
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
      throw missing(value, location, 'lies in another folder');
    return openSync(path, 'r');
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    const error = missing(value, location, 'cannot be read');
    error.cause = cause;
    throw error;
  }
}

function missing(value: string, location: string, why: string): NetworkError {
  return new NetworkError(
    'INVALID_GRAPH',
    `The weights of "${value}" should be in "${location}" beside the network, which ${why}. Put both files into one folder, or export the network as one file.`,
    { reason: 'separateWeights', params: { value, file: location } },
  );
}
