import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import onnxProto from 'onnx-proto';
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
 * it is not told otherwise. Throws what `readOnnx` throws, NOT_ONNX with what the file is instead; INVALID_GRAPH where such a file is missing, too short, or named as
 * lying in another folder.
 */
export async function openOnnx(file: string): Promise<OnnxFile> {
  await checkSize(file);
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
  } catch (error) {
    if (error instanceof NetworkError && error.reason === 'separateWeights' && isOfTf2onnx(bytes))
      throw besideTf2onnx(error);
    throw error instanceof NetworkError && error.code === 'NOT_ONNX'
      ? (somethingElse(bytes) ?? error)
      : error;
  } finally {
    for (const handle of opened.values()) closeSync(handle);
  }
}

/** Protocol Buffers, of which .onnx files are made, end here: larger networks have their weights in a file beside them. */
const LARGEST_FILE = 2 ** 31 - 1;

async function checkSize(file: string): Promise<void> {
  const about = await stat(file);
  if (about.isDirectory())
    throw new NetworkError('NOT_ONNX', 'This is a folder. Choose the .onnx file in it.');
  const { size } = about;
  if (size > LARGEST_FILE)
    throw new NetworkError(
      'NOT_ONNX',
      'The file is larger than 2 GB, which no ONNX file is: its weights would be in a file beside it. Export the network as .onnx again.',
      { reason: 'fileTooLarge' },
    );
  if (size === 0)
    throw new NetworkError('NOT_ONNX', 'The file is empty. Download or copy it again.', {
      reason: 'fileEmpty',
    });
}

function isOfTf2onnx(bytes: Uint8Array): boolean {
  return onnxProto.onnx.ModelProto.decode(bytes).producerName === 'tf2onnx';
}

/** By `large_model` tf2onnx puts each large weight into a file of its own, and all of them into an archive. */
function besideTf2onnx(error: NetworkError): NetworkError {
  const { value = '', file = '' } = error.params;
  return new NetworkError(
    'INVALID_GRAPH',
    `tf2onnx put the weights into files beside the network (large_model), and "${file}" with those of "${value}" cannot be read. Unpack all of the archive that it wrote into one folder and take the .onnx file there, or export again without large_model.`,
    { reason: 'lostWeightFiles', params: { value, file } },
  );
}

/** What people take for a network most often; null for anything else. */
function somethingElse(bytes: Uint8Array): NetworkError | null {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (start.startsWith('PK\u0003\u0004'))
    return new NetworkError(
      'NOT_ONNX',
      'The file is a zip archive: a network as PyTorch or Keras saves it, or a packed one. Export the network as .onnx, or unpack it first.',
      { reason: 'fileArchive' },
    );
  if (/^version \S+git-lfs/.test(start))
    return new NetworkError(
      'NOT_ONNX',
      'The file is the note that Git LFS leaves in the place of a large file. Fetch the network itself with "git lfs pull".',
      { reason: 'filePointer' },
    );
  return null;
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
