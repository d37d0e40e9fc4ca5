import { createRequire } from 'node:module';

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

/** Registers TensorFlow.js's WebGPU backend; it looks for `navigator.gpu` when it is loaded. */
export async function registerWebGpu(): Promise<void> {
  await openGpu();
  createRequire(import.meta.url)('@tensorflow/tfjs-backend-webgpu');
}
