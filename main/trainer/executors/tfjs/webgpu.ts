import { createRequire } from 'node:module';
import { NetworkError } from '../../graph/errors.ts';
import type { TensorFlowJs } from './device.ts';

/** A graphics card as WebGPU shows it. */
export interface Adapter {
  readonly name: string;
  /** Whether a processor plays the graphics card. */
  readonly software: boolean;
}

let gpu: GPU | undefined;

/** Opens WebGPU by Dawn's own addon, as the browser's `navigator.gpu`; rejects where the addon does not load. */
async function openGpu(): Promise<GPU> {
  if (gpu) return gpu;
  const { create, globals } = (await import('webgpu')) as unknown as {
    create: (options: readonly string[]) => GPU;
    globals: object;
  };
  Object.assign(globalThis, globals);
  gpu = create([]);
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

/** The graphics card that WebGPU would use; null where there is none. */
export async function findAdapter(): Promise<Adapter | null> {
  const adapter = await (await openGpu()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = device || description || [vendor, architecture].filter(Boolean).join(' ');
  return {
    name,
    software:
      isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|basic render/i.test(`${name} ${description}`),
  };
}

/** Limits that the backend's shaders ask for, as far as the card goes. */
const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/**
 * Registers TensorFlow.js's WebGPU backend on a device opened here: its own registration names a feature in a form that
 * browsers forgive and Dawn does not.
 */
export async function registerWebGpu(tf: TensorFlowJs): Promise<GPUDevice> {
  const adapter = await (await openGpu()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('WebGPU finds no graphics card.');
  const { WebGPUBackend } = createRequire(import.meta.url)('@tensorflow/tfjs-backend-webgpu') as {
    WebGPUBackend: new (device: GPUDevice, info: GPUAdapterInfo) => ReturnType<typeof tf.backend>;
  };
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 3);
  return device;
}

/**
 * Does some work on a device and throws NetworkError UNSUPPORTED_OPERATOR where the device refused a part of it. On its
 * own it would leave the result of a refused shader unwritten, and nobody would know.
 */
export async function withoutRefusals<T>(
  device: Pick<GPUDevice, 'pushErrorScope' | 'popErrorScope'>,
  work: () => Promise<T>,
): Promise<T> {
  device.pushErrorScope('validation');
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await device.popErrorScope();
    throw error;
  }
  const refusal = await device.popErrorScope();
  if (refusal === null) return result;
  const [reason = ''] = refusal.message.split('\n').filter((line) => line.trim() !== '');
  throw new NetworkError(
    'UNSUPPORTED_OPERATOR',
    `WebGPU refused to compute a part of this network: ${reason}`,
  );
}
