import { existsSync } from 'node:fs';
import type { ExecutorId } from '../../../../shared/contract/executor.ts';
import {
  type ExecutorReason,
  executorReason,
  reasonText,
  unavailableExecutor,
} from '../../../../shared/domain/executor-reasons.ts';
import { NetworkError } from '../../graph/errors.ts';
import {
  type Detection,
  type ExecutorConditions,
  type ExecutorDescription,
  missing,
} from '../description.ts';
import type { Device } from './device.ts';
import { createTensorFlowJsExecutor } from './executor.ts';
import { coreVersion, startJavaScript, startTensorFlow, startWebAssembly, startWebGpu } from './runtime.ts';
import { findTensorFlow } from './tensorflow-files.ts';
import { loadTensorFlow } from './tensorflow-library.ts';
import { findAdapter } from './webgpu.ts';

/** One backend of TensorFlow.js: how it is found and started. */
interface Backend {
  readonly id: ExecutorId;
  readonly title: string;
  readonly isApart?: (conditions: ExecutorConditions) => Promise<boolean>;
  readonly find: (conditions: ExecutorConditions) => Promise<Detection>;
  readonly start: (conditions: ExecutorConditions) => Promise<Device>;
}

const backends: readonly Backend[] = [
  {
    id: 'tfjs-tensorflow-gpu',
    title: 'TensorFlow (NVIDIA GPU)',
    isApart: ({ libraries }) => wantsOwnProcess(libraries),
    find: findCard,
    start: (conditions) => startNative(conditions, true),
  },
  {
    id: 'tfjs-tensorflow',
    title: 'TensorFlow',
    find: (conditions) => findNative(conditions, false),
    start: (conditions) => startNative(conditions, false),
  },
  { id: 'tfjs-webgpu', title: 'TensorFlow.js, WebGPU', find: findWebGpu, start: startWebGpu },
  {
    id: 'tfjs-wasm',
    title: 'TensorFlow.js, WebAssembly',
    find: () => alwaysThere(startWebAssembly),
    start: startWebAssembly,
  },
  {
    id: 'tfjs-cpu',
    title: 'TensorFlow.js, JavaScript',
    find: () => alwaysThere(startJavaScript),
    start: startJavaScript,
  },
];

/** TensorFlow.js on its backends, the fastest first. */
export const tensorFlowJsExecutors: readonly ExecutorDescription[] = backends.map(
  ({ id, title, isApart, find, start }) => ({
    id,
    title,
    ...(isApart && { isApart }),
    detect: find,
    load: async (conditions) => {
      const found = await find(conditions);
      if (found.available) return createTensorFlowJsExecutor(id, await start(conditions));
      throw unavailableExecutor(title, found.reason);
    },
  }),
);

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Comes with the program. */
async function alwaysThere(start: () => Promise<Device>): Promise<Detection> {
  try {
    await start();
    return { available: true, version: `TensorFlow.js ${coreVersion()}` };
  } catch (error) {
    return missing('notLoadable', executorReason('refused', {}, wordsOf(error)), 'none');
  }
}

async function findNative({ libraries, threads }: ExecutorConditions, cards: boolean): Promise<Detection> {
  const files = await findTensorFlow(libraries);
  const remedy = cards ? 'setupTensorflowCuda' : 'setupTensorflow';
  if ('missing' in files) return missing('notInstalled', files.missing, remedy);
  const place = { library: 'TensorFlow', folder: files.libraries ?? files.addon };
  try {
    const { binding } = await loadTensorFlow(files, { cards, threads });
    const version = `TensorFlow.js ${coreVersion()}, TensorFlow ${binding.TF_Version}`;
    if (!cards) return { available: true, version };
    if (binding.isUsingGpuDevice()) return { available: true, version, device: 'NVIDIA (CUDA)' };
    return missing('noDevice', executorReason('noDeviceIn', place), remedy);
  } catch (error) {
    return missing('notLoadable', notLoaded(place, error), remedy);
  }
}

function notLoaded(
  place: { readonly library: string; readonly folder: string },
  error: unknown,
): ExecutorReason {
  const { library } = place;
  if (error instanceof NetworkError && error.code === 'INVALID_STATE')
    return executorReason('otherProcess', { library, ...error.params });
  return executorReason('notLoaded', place, wordsOf(error));
}

/** Where the driver shows a card; `null` where it cannot be told without asking the driver itself. */
function hasNvidiaDriver(): boolean | null {
  if (process.platform === 'darwin') return false;
  if (process.platform !== 'linux') return null;
  return ['/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg'].some((path) => existsSync(path));
}

/** A process has TensorFlow with cards in its sight or without them: the one would keep the other from being tried. */
export async function wantsOwnProcess(
  folders: readonly string[],
  hasDriver: boolean | null = hasNvidiaDriver(),
): Promise<boolean> {
  return hasDriver !== false && !('missing' in (await findTensorFlow(folders)));
}

/** Looks at the machine before it loads a library that would settle, for this process, that there is no card. */
async function findCard(conditions: ExecutorConditions): Promise<Detection> {
  if (hasNvidiaDriver() === false)
    return missing(
      'noDevice',
      executorReason('noDriver'),
      process.platform === 'darwin' ? 'none' : 'graphicsDriver',
    );
  return findNative(conditions, true);
}

async function findWebGpu(): Promise<Detection> {
  const library = 'WebGPU';
  try {
    const adapter = await findAdapter();
    if (adapter === null)
      return missing('noDevice', executorReason('noDevice', { library }), 'graphicsDriver');
    if (adapter.software) {
      const reason = executorReason('onlyProcessor', { library, name: adapter.name });
      return missing('noDevice', reason, 'graphicsDriver');
    }
    return { available: true, version: `TensorFlow.js ${coreVersion()}`, device: adapter.name };
  } catch (error) {
    return missing('notLoadable', executorReason('refused', {}, wordsOf(error)), 'graphicsDriver');
  }
}

async function startNative({ libraries, threads }: ExecutorConditions, cards: boolean): Promise<Device> {
  const files = await findTensorFlow(libraries);
  if ('missing' in files) throw new Error(reasonText(files.missing, 'en'));
  return startTensorFlow(await loadTensorFlow(files, { cards, threads }));
}
