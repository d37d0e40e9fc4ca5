import { createRequire } from 'node:module';
import type { BackendName, DeviceOptions, TensorFlowJs, Wholly } from './device.ts';
import { Device } from './device.ts';
import type { LoadedTensorFlow } from './tensorflow-library.ts';
import { type TensorFlowBackend, TensorFlowOperations } from './tensorflow-operations.ts';
import { startWithSoundMemory } from './wasm-memory.ts';
import { registerWebGpu, withoutRefusals } from './webgpu.ts';

/**
 * TensorFlow.js is loaded as the CommonJS packages it is published as, when it is first wanted and never bundled: the
 * class of the native backend extends the core's as CommonJS only, and the packages find their own files.
 */
const require = createRequire(import.meta.url);

let core: TensorFlowJs | undefined;
let webGpu: Promise<GPUDevice> | undefined;
let webAssembly: Promise<Wholly> | undefined;

function loadCore(): TensorFlowJs {
  if (core) return core;
  restoreUtilities();
  core = require('@tensorflow/tfjs-core') as TensorFlowJs;
  // Without the advice that it prints in Node, and without looking for NaN in every result.
  core.enableProdMode();
  return core;
}

/** Node 23 took away two functions that the native backend calls. */
function restoreUtilities(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

async function started(backend: BackendName, options: DeviceOptions): Promise<Device> {
  const tf = loadCore();
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js could not start its ${options.title} backend.`);
  return new Device(tf, backend, options);
}

/** Version of TensorFlow.js. */
export const coreVersion = (): string => loadCore().version_core;

/** Starts the backend in plain JavaScript. */
export function startJavaScript(): Promise<Device> {
  loadCore();
  require('@tensorflow/tfjs-backend-cpu');
  // That kernel updates a tensor in place, which others may still read.
  return started('cpu', { title: 'JavaScript', without: ['TensorScatterUpdate'] });
}

/** Starts the WebAssembly backend. */
export async function startWebAssembly(): Promise<Device> {
  const tf = loadCore();
  require('@tensorflow/tfjs-backend-wasm');
  webAssembly ??= startWithSoundMemory(tf, () => tf.setBackend('wasm'));
  const wholly = await webAssembly;
  // Its gradient of max pooling goes astray where all of a window is negative.
  return started('wasm', { title: 'WebAssembly', without: ['MaxPoolGrad'], wholly });
}

/** Starts WebGPU on whatever graphics card it finds. */
export async function startWebGpu(): Promise<Device> {
  webGpu ??= registerWebGpu(loadCore());
  const device = await webGpu;
  return started('webgpu', { title: 'WebGPU', checked: (work) => withoutRefusals(device, work) });
}

/** Starts TensorFlow behind its native addon. */
export async function startTensorFlow({ binding, files, settings }: LoadedTensorFlow): Promise<Device> {
  const tf = loadCore();
  if (tf.findBackendFactory('tensorflow') === null) {
    const { NodeJSKernelBackend } = require(`${files.package}/dist/nodejs_kernel_backend`) as {
      NodeJSKernelBackend: new (binding: unknown, name: string) => ReturnType<typeof tf.backend>;
    };
    require(`${files.package}/dist/register_all_kernels`);
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, files.package), 3);
  }
  await tf.setBackend('tensorflow');
  const backend = tf.backend() as unknown as Partial<TensorFlowBackend>;
  // A class that fails to extend the core's would leave the work to JavaScript while the name says TensorFlow.
  if (typeof backend.binding?.TF_Version !== 'string')
    throw new Error('TensorFlow did not become the backend of TensorFlow.js.');
  return started('tensorflow', {
    title: 'TensorFlow',
    threads: settings.threads,
    operations: new TensorFlowOperations(backend as TensorFlowBackend),
  });
}
