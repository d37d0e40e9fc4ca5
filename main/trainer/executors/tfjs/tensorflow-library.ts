import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NetworkError } from '../../graph/errors.ts';
import { keepFullPrecision } from '../full-precision.ts';
import { libraryNames, type TensorFlowFiles } from './tensorflow-files.ts';
import type { TensorFlowBinding } from './tensorflow-operations.ts';

/** What a TensorFlow is told before it is loaded, and keeps to from then on. */
export interface TensorFlowSettings {
  /** Whether graphics cards are shown to it. */
  readonly cards: boolean;
  /** Threads inside an operator. */
  readonly threads: number;
}

/** A TensorFlow that is loaded; a process has one, and keeps it. */
export interface LoadedTensorFlow {
  readonly binding: TensorFlowBinding;
  readonly files: TensorFlowFiles;
  readonly settings: TensorFlowSettings;
}

let loaded: LoadedTensorFlow | undefined;

/**
 * Loads TensorFlow, with the graphics cards in its sight or not, for so many threads; NetworkError INVALID_STATE where
 * this process has it another way already. Rejects with what the system's loader says.
 */
export async function loadTensorFlow(
  files: TensorFlowFiles,
  settings: TensorFlowSettings,
): Promise<LoadedTensorFlow> {
  if (loaded) {
    const { cards, threads } = loaded.settings;
    if (cards === settings.cards && threads === settings.threads) return loaded;
    throw new NetworkError(
      'INVALID_STATE',
      `This process has TensorFlow ${cards ? 'with' : 'without'} graphics cards and for ${threads} threads already; it takes another process to change that.`,
      { params: { has: `${cards ? 'GPU' : 'CPU'}, ${threads} threads` } },
    );
  }
  await setVariables(settings);
  await prepareNative(files);
  const binding = createRequire(import.meta.url)(files.addon) as TensorFlowBinding;
  loaded = { binding, files, settings };
  return loaded;
}

/** The addon hands TensorFlow no settings: it reads what it is to keep to from the environment. */
async function setVariables({ cards, threads }: TensorFlowSettings): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise TensorFlow takes all memory of a graphics card at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  if (cards) keepFullPrecision();
  const set: Readonly<Record<string, string>> = {
    TF_NUM_INTRAOP_THREADS: `${threads}`,
    // Operators are called one after the other, so these would only wait.
    TF_NUM_INTEROP_THREADS: '1',
    // Builds of oneDNN that do not take TensorFlow's own threads.
    OMP_NUM_THREADS: `${threads}`,
    // On by itself only for newer processors; without it a step takes a fifth longer and a third more memory.
    TF_ENABLE_ONEDNN_OPTS: process.env.TF_ENABLE_ONEDNN_OPTS ?? '1',
    ...(!cards && { CUDA_VISIBLE_DEVICES: '-1' }),
  };
  Object.assign(process.env, set);
  if (process.platform !== 'win32') return;
  // There libraries read the C runtime's copy of the environment, which it made when the process began.
  const { default: koffi } = await import('koffi');
  const put = koffi.load('ucrtbase.dll').func('int _putenv_s(str name, str value)') as (
    name: string,
    value: string,
  ) => number;
  for (const [name, value] of Object.entries(set)) put(name, value);
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
