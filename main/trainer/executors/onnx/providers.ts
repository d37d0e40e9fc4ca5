import ort from 'onnxruntime-node';
import type { ExecutorId, Remedy } from '../../../../shared/contract/executor.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { writeOnnx } from '../../graph/onnx-writer.ts';
import type { Detection } from '../description.ts';
import { keepFullPrecision } from '../full-precision.ts';

/** An execution provider of ONNX Runtime: what it is called there, and where it can exist at all. */
export interface OnnxProvider {
  readonly id: ExecutorId;
  readonly title: string;
  /** ONNX Runtime's own name. */
  readonly name: 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';
  readonly systems: readonly NodeJS.Platform[];
  readonly device: string | null;
  readonly remedy: Remedy;
}

const everywhere: readonly NodeJS.Platform[] = ['linux', 'win32', 'darwin'];

/** The reference; every machine has it. */
export const cpuProvider: OnnxProvider = {
  id: 'onnx',
  title: 'ONNX Runtime',
  name: 'cpu',
  systems: everywhere,
  device: null,
  remedy: 'none',
};

/** Providers on devices beside the processor. */
export const deviceProviders: readonly OnnxProvider[] = [
  {
    id: 'onnx-cuda',
    title: 'ONNX Runtime, CUDA',
    name: 'cuda',
    systems: ['linux'],
    device: 'NVIDIA (CUDA)',
    remedy: 'graphicsDriver',
  },
  {
    id: 'onnx-directml',
    title: 'ONNX Runtime, DirectML',
    name: 'dml',
    systems: ['win32'],
    device: 'DirectX 12',
    remedy: 'graphicsDriver',
  },
  {
    id: 'onnx-coreml',
    title: 'ONNX Runtime, CoreML',
    name: 'coreml',
    systems: ['darwin'],
    device: 'CoreML',
    remedy: 'none',
  },
  {
    id: 'onnx-webgpu',
    title: 'ONNX Runtime, WebGPU',
    name: 'webgpu',
    systems: everywhere,
    device: 'WebGPU',
    remedy: 'graphicsDriver',
  },
];

/** What ONNX Runtime offers in this build; a function it exports beside its documented types. */
function offered(): readonly { readonly name: string; readonly bundled: boolean }[] {
  const { listSupportedBackends } = ort as unknown as {
    listSupportedBackends?: () => readonly { name: string; bundled: boolean }[];
  };
  return listSupportedBackends?.() ?? [];
}

/**
 * Whether a provider works here: it must be part of this build, and a session of one operator must open on it, which
 * is where ONNX Runtime loads the provider's library and takes hold of the device.
 */
export async function detectProvider(provider: OnnxProvider): Promise<Detection> {
  const version = `ONNX Runtime ${ort.env.versions.node ?? ort.env.versions.common}`;
  const { name, systems, title, device } = provider;
  if (name === 'cpu') return { available: true, version };
  const listed = systems.includes(process.platform) && offered().some((each) => each.name === name);
  if (!listed) {
    return {
      available: false,
      code: 'otherSystem',
      reason: `${title} is not part of ONNX Runtime on ${process.platform}-${process.arch}.`,
      remedy: 'none',
    };
  }
  if (name === 'cuda') keepFullPrecision();
  try {
    const session = await ort.InferenceSession.create(oneOperator(), {
      executionProviders: [name],
      logSeverityLevel: 4,
    });
    await session.release();
    return { available: true, version, ...(device !== null && { device }) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // CUDA's own words stand in the middle of places in the source and the name of the computer.
    const reason = /CUDA failure [^;]*/.exec(said)?.[0] ?? said;
    const missing = /shared library|cannot open|not found/i.test(reason);
    return {
      available: false,
      code: missing ? 'notInstalled' : 'noDevice',
      reason: reason.trim(),
      // The build for CUDA does not come from npm; TensorFlow brings what an NVIDIA card needs.
      remedy: missing && name === 'cuda' ? 'setupCuda' : provider.remedy,
    };
  }
}

function oneOperator(): Uint8Array {
  const builder = new GraphBuilder();
  const input = builder.input('x', { dtype: 'float32', dims: [1] });
  return writeOnnx(builder.finish('one operator', [builder.op('Relu', [input])]));
}
