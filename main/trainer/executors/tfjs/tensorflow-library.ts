import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NetworkError } from '../../graph/errors.ts';
import { keepFullPrecision } from '../full-precision.ts';
import { libraryNames, type TensorFlowFiles } from './tensorflow-files.ts';
import type { TensorFlowBinding } from './tensorflow-operations.ts';

/** A TensorFlow that is loaded; a process has one, and keeps it. */
export interface LoadedTensorFlow {
  readonly binding: TensorFlowBinding;
  readonly files: TensorFlowFiles;
  /** Whether graphics cards were shown to it. */
  readonly cards: boolean;
}

let loaded: LoadedTensorFlow | undefined;

/**
 * Loads TensorFlow, with the graphics cards in its sight or not; NetworkError INVALID_STATE where this process has it the
 * other way already. Rejects with what the system's loader says.
 */
export async function loadTensorFlow(files: TensorFlowFiles, cards: boolean): Promise<LoadedTensorFlow> {
  if (loaded) {
    if (loaded.cards === cards) return loaded;
    throw new NetworkError(
      'INVALID_STATE',
      `This process has TensorFlow ${loaded.cards ? 'with' : 'without'} graphics cards already; it takes another process to change that.`,
    );
  }
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise TensorFlow takes all memory of a graphics card at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  if (cards) keepFullPrecision();
  else process.env.CUDA_VISIBLE_DEVICES = '-1';
  await prepareNative(files);
  const binding = createRequire(import.meta.url)(files.addon) as TensorFlowBinding;
  loaded = { binding, files, cards };
  return loaded;
}

/** Values of glibc's mallopt. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_MAX = -4;
const NEVER = 2 ** 31 - 1;

/**
 * Loads the libraries that the addon is linked to, so that the system's loader finds them in memory wherever they lie. Big
 * tensors come and go at every operator: memory that goes back to the system each time costs three times as long in page
 * faults as the arithmetic, so it is kept.
 */
async function prepareNative({ libraries }: TensorFlowFiles): Promise<void> {
  if (process.platform !== 'linux') return;
  const { default: koffi } = await import('koffi');
  if (libraries !== null) for (const name of libraryNames) koffi.load(join(libraries, name), { lazy: true });
  try {
    const keep = koffi.load(null).func('int mallopt(int parameter, int value)') as (
      name: number,
      value: number,
    ) => number;
    keep(M_MMAP_MAX, 0);
    keep(M_TRIM_THRESHOLD, NEVER);
  } catch {
    // Another C library than glibc: slower, and right.
  }
}
