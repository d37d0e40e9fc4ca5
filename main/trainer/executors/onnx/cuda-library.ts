import { readFile, realpath } from 'node:fs/promises';
import type { LibraryHandle } from 'koffi';
import { executorReason } from '../../../../shared/domain/executor-reasons.ts';
import { type Missing, missing } from '../description.ts';
import { keepFullPrecision } from '../full-precision.ts';
import { type CudaFiles, findCuda, hasProviders } from './cuda-files.ts';
import { onnxRuntimeFolder, onnxRuntimeVersion } from './runtime.ts';

/** The driver's library: it comes with the driver, and only with it. */
const DRIVER = 'libcuda.so.1';
/** ONNX Runtime asks for it by this name, and does without it where there is none, with convolutions on the processor. */
const CUDNN = 'libcudnn.so.9';

/** Kept, so that no library leaves the process before ONNX Runtime has taken hold of it. */
const kept: LibraryHandle[] = [];

/**
 * Loads ONNX Runtime with CUDA into this process, from whichever of the folders has it; tells what is missing where it
 * cannot. The package's own core looks for the provider in the package's folder, which may be read-only; so the core
 * that was built with the provider is loaded first, and the binding, which asks for it by name, finds it in memory.
 */
export async function loadCuda(folders: readonly string[]): Promise<Missing | null> {
  // Where the package's own installer fetched the provider, there is nothing to be done.
  if (await hasProviders(onnxRuntimeFolder())) return null;
  const files = await findCuda(folders, onnxRuntimeVersion());
  if ('missing' in files) {
    const code = files.missing.why === 'librariesMissing' ? 'notInstalled' : 'notLoadable';
    return missing(code, files.missing, 'setupCuda');
  }
  const core = await loadedCore();
  if (core !== null && core !== (await realpath(files.core))) {
    const reason = executorReason('otherProcess', { library: 'ONNX Runtime', has: core });
    return missing('notLoadable', reason, 'none');
  }
  return core === null ? loadFiles(files) : null;
}

/** Whether the folders have an ONNX Runtime with CUDA, which then takes the place of the package's own in a process. */
export async function hasCuda(folders: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  return !('missing' in (await findCuda(folders, onnxRuntimeVersion())));
}

async function loadFiles({ core, folder, libraries }: CudaFiles): Promise<Missing | null> {
  const { default: koffi } = await import('koffi');
  const load = (library: string): string | null => {
    try {
      kept.push(koffi.load(library, { lazy: true }));
      return null;
    } catch (error) {
      // The loader's words may not say which one they are about.
      return `${library}: ${error instanceof Error ? error.message : error}`;
    }
  };
  const noDriver = load(DRIVER);
  if (noDriver !== null)
    return missing('noDevice', executorReason('noDriver', {}, noDriver), 'graphicsDriver');
  keepFullPrecision();
  const failed = libraries.map(load).find((reason) => reason !== null) ?? load(CUDNN) ?? load(core);
  if (failed === null) return null;
  const reason = executorReason('notLoaded', { library: 'ONNX Runtime (CUDA)', folder }, failed);
  return missing('notLoadable', reason, 'setupCuda');
}

/** The core that this process has, whichever of its threads loaded it. */
async function loadedCore(): Promise<string | null> {
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  return / (\/.*\/libonnxruntime\.so[.\d]*)$/m.exec(maps)?.[1] ?? null;
}
