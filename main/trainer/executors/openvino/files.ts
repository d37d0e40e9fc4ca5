import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The shared libraries of one OpenVINO, in the order in which they are loaded: each finds what it needs in memory already. */
export interface OpenVinoFiles {
  readonly folder: string;
  readonly libraries: readonly string[];
  /** Libraries that OpenVINO opens itself, from the folder in which it lies. */
  readonly plugins: readonly string[];
}

/**
 * Names of the libraries on Linux (`libtbb.so.12`), macOS (`libtbb.12.dylib`) and Windows (`tbb12.dll`). libtbbbind and
 * libhwloc are left out on purpose: beside Electron's allocator they end the process, and nothing here needs them.
 */
const loaded: readonly RegExp[] = [
  /^(libtbb\.(so[.\d]*|[.\d]*dylib)|tbb12\.dll)$/,
  /^(libtbbmalloc\.(so[.\d]*|[.\d]*dylib)|tbbmalloc\.dll)$/,
  /^(libopenvino\.(so[.\d]*|[.\d]*dylib)|openvino\.dll)$/,
  /^(libopenvino_c\.(so[.\d]*|[.\d]*dylib)|openvino_c\.dll)$/,
];
const opened: readonly RegExp[] = [
  /^(lib)?openvino_(intel|arm)_cpu_plugin\.(so|dll|dylib)$/,
  /^(lib)?openvino_onnx_frontend\.(so[.\d]*|[.\d]*dylib|dll)$/,
];

/**
 * Looks for OpenVINO in the folders, each of which may hold the libraries themselves or in a folder `openvino`; the first
 * one that is complete counts. Undefined where there is none.
 */
export async function findOpenVino(folders: readonly string[]): Promise<OpenVinoFiles | undefined> {
  for (const folder of folders.flatMap((place) => [resolve(place, 'openvino'), resolve(place)])) {
    const names = await readdir(folder).catch(() => []);
    const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
    const [libraries, plugins] = [loaded.map(find), opened.map(find)];
    if ([...libraries, ...plugins].every((name) => name !== undefined))
      return { folder, libraries: libraries as string[], plugins: plugins as string[] };
  }
  return undefined;
}
