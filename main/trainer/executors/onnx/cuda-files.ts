import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecutorReason, executorReason } from '../../../../shared/domain/executor-reasons.ts';
import { listed } from '../description.ts';

/** The libraries of one ONNX Runtime with CUDA. */
export interface CudaFiles {
  /** Where ONNX Runtime's own lie: the core looks for its providers beside itself. */
  readonly folder: string;
  /** The core, built together with the provider. */
  readonly core: string;
  /** NVIDIA's libraries in the order in which they are loaded; those that lie elsewhere are the system's to find. */
  readonly libraries: readonly string[];
}

/** Why there are none, or none that belong to this ONNX Runtime. */
export interface MissingCuda {
  readonly missing: ExecutorReason;
}

const providers = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'] as const;

/** What the provider needs, each after what itself needs. cuDNN opens its parts by their place. */
const nvidia: readonly RegExp[] = [
  /^libcudart\.so\.\d+$/,
  /^libcublasLt\.so\.\d+$/,
  /^libcublas\.so\.\d+$/,
  /^libcurand\.so\.\d+$/,
  /^libnvrtc\.so\.\d+$/,
  /^libcudnn\.so\.\d+$/,
];

/** Whether the provider for CUDA lies in this folder. */
export async function hasProviders(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return isWhole(names);
}

const isWhole = (names: readonly string[]) => providers.every((name) => names.includes(name));

/**
 * Looks for ONNX Runtime with CUDA, of exactly this version: the two sides of a provider share classes, not a stable
 * interface. A folder may hold what `setup:cuda` placed, the packages of a Python, or the libraries themselves.
 */
export async function findCuda(
  folders: readonly string[],
  version: string,
): Promise<CudaFiles | MissingCuda> {
  let other: string | null = null;
  for (const base of (await Promise.all(folders.map(placesIn))).flat()) {
    for (const folder of [join(base, 'onnxruntime', 'capi'), base, join(base, 'lib')]) {
      const names = await readdir(folder).catch((): string[] => []);
      if (!isWhole(names)) continue;
      const core = `libonnxruntime.so.${version}`;
      if (names.includes(core)) {
        const libraries = await nvidiaIn([...(await partsOf(base)), folder, base]);
        return { folder, core: join(folder, core), libraries };
      }
      other ??=
        names.map((name) => /^libonnxruntime\.so\.(\d+\.\d+\.\d+)$/.exec(name)?.[1]).find(Boolean) ?? '?';
    }
  }
  const [library, own] = ['ONNX Runtime (CUDA)', 'ONNX Runtime'];
  const missing =
    other === null
      ? executorReason('librariesMissing', { library, folders: listed(folders) })
      : executorReason('otherVersion', { library: own, found: other, needed: version });
  return { missing };
}

/** A folder itself, what `setup:cuda` puts into it, and where a Python environment keeps its packages. */
async function placesIn(folder: string): Promise<readonly string[]> {
  const versions = await readdir(join(folder, 'lib')).catch((): string[] => []);
  const environments = versions
    .filter((name) => name.startsWith('python3'))
    .map((name) => join(folder, 'lib', name, 'site-packages'));
  return [join(folder, 'cuda'), folder, ...environments];
}

/** NVIDIA's wheels lie beside ONNX Runtime's: from CUDA 13 on in one folder, before in one for each part. */
async function partsOf(base: string): Promise<readonly string[]> {
  const parts = await readdir(join(base, 'nvidia')).catch((): string[] => []);
  const newestFirst = parts.sort((one, next) => Number(/^cu\d/.test(next)) - Number(/^cu\d/.test(one)));
  return newestFirst.map((part) => join(base, 'nvidia', part, 'lib'));
}

async function nvidiaIn(folders: readonly string[]): Promise<readonly string[]> {
  const listed = await Promise.all(
    folders.map(async (folder) => ({ folder, names: await readdir(folder).catch((): string[] => []) })),
  );
  return nvidia.flatMap((pattern) => {
    for (const { folder, names } of listed) {
      const name = names.find((each) => pattern.test(each));
      if (name !== undefined) return [join(folder, name)];
    }
    return [];
  });
}
