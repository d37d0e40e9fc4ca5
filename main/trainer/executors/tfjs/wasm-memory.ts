import type { TensorFlowJs, Wholly } from './device.ts';

/**
 * The memory of WebAssembly ends at 4 GB, or where the system gives no more, and TensorFlow.js does not look: where an
 * allocation fails it is told 0, which is where the module keeps its own data, and writes its results over it; kernels
 * that lack memory for what they need besides abort, or say so on the console and leave their results unwritten. So
 * whatever asks for memory here throws where there is none, before anything was touched: the memory stays sound, and so
 * do the tensors in it.
 */

/** The parts of the module, as Emscripten makes it, that have to do with memory. */
interface WasmModule {
  _malloc: (bytes: number) => number;
  readonly _free: (offset: number) => void;
  readonly stackSave: () => number;
  readonly stackRestore: (pointer: number) => void;
}

/** What the module asks for when all its memory is taken: all allocations come to this in the end, the kernels' too. */
type Enlarge = (wanted: number) => unknown;

/** Tensors' numbers on the backend, by the objects that stand for them. */
interface WasmBackend {
  readonly wasm: WasmModule;
  move: (data: object, ...rest: readonly unknown[]) => void;
  readonly disposeData: (data: object, force?: boolean) => boolean;
}

const MEGABYTE = 2 ** 20;
/**
 * Emscripten's emmalloc adds addresses and sizes in 32 bits without looking whether the sum has still 32: where it has
 * not, what does not fit is placed beyond the end. Memory that ends at 3 GB with nothing above 1 GB in it cannot come to
 * that. (Emscripten enlarges by up to 96 MB more than it is asked for.)
 */
const MOST = (3 * 1024 - 96) * MEGABYTE;
const LARGEST = 1023 * MEGABYTE;

const lack = (bytes: number): RangeError =>
  new RangeError(`WebAssembly is out of memory: ${Math.ceil(bytes / MEGABYTE)} MB cannot be had.`);

/** Starts the backend by `start`, with a memory that says where it ends; gives what keeps it clean. */
export async function startWithSoundMemory(tf: TensorFlowJs, start: () => Promise<unknown>): Promise<Wholly> {
  let unwind: () => void = () => undefined;
  const isWatched = await watchingEnlargement(() => unwind(), start);
  // A later version may be built otherwise; numbers that nobody warrants are worse than none.
  if (!isWatched) throw new Error('The memory of TensorFlow.js on WebAssembly cannot be watched.');
  const backend = tf.backend() as unknown as WasmBackend;
  const { wasm } = backend;
  // The first call puts the module's own function in its place.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    const offset = bytes <= LARGEST ? malloc(bytes) : 0;
    if (offset === 0) throw lack(bytes);
    return offset;
  };
  const bottom = wasm.stackSave();
  unwind = () => wasm.stackRestore(bottom);
  return leavingNothing(tf, backend);
}

/** Work after which, where it failed, nothing is left of what it made: kernels that are cut short keep what they began. */
function leavingNothing(tf: TensorFlowJs, backend: WasmBackend): Wholly {
  const move = backend.move.bind(backend);
  let made: object[] | null = null;
  backend.move = (data, ...rest) => {
    move(data, ...rest);
    made?.push(data);
  };
  return (work) => {
    made = [];
    try {
      return work();
    } catch (error) {
      for (const data of made) {
        backend.disposeData(data, true);
        tf.engine().removeDataId(data, tf.backend());
      }
      throw error;
    } finally {
      made = null;
    }
  };
}

/** Whether a module was instantiated meanwhile; its requests for more memory throw where they are not met. */
async function watchingEnlargement(unwind: () => void, start: () => Promise<unknown>): Promise<boolean> {
  const { instantiate } = WebAssembly;
  let isWatched = false;
  const watching = (source: BufferSource, imports?: WebAssembly.Imports) => {
    const env = imports?.env as Record<string, unknown> | undefined;
    const enlarge = env?.emscripten_resize_heap as Enlarge | undefined;
    if (env && enlarge) {
      isWatched = true;
      env.emscripten_resize_heap = (wanted: number) => {
        const bytes = wanted >>> 0;
        if (bytes <= MOST && enlarge(bytes)) return true;
        // What is thrown passes all frames of the module by, which would have cleared the stack.
        unwind();
        throw lack(bytes);
      };
    }
    return instantiate(source, imports);
  };
  WebAssembly.instantiate = watching as typeof WebAssembly.instantiate;
  try {
    await start();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return isWatched;
}
