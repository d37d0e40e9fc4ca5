import type { ExecutorId, Remedy } from '../../../../shared/contract/executor.ts';
import { executorReason } from '../../../../shared/domain/executor-reasons.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { writeOnnx } from '../../graph/onnx-writer.ts';
import { type Detection, type ExecutorConditions, missing } from '../description.ts';
import { loadCuda } from './cuda-library.ts';
import { onnxRuntime, onnxRuntimeVersion } from './runtime.ts';

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
  const { listSupportedBackends } = onnxRuntime() as unknown as {
    listSupportedBackends?: () => readonly { name: string; bundled: boolean }[];
  };
  return listSupportedBackends?.() ?? [];
}

/**
 * Whether a provider works here: it must be part of this build, and a session of one operator must open on it, which
 * is where ONNX Runtime loads the provider's library and takes hold of the device.
 */
export async function detectProvider(
  provider: OnnxProvider,
  { libraries }: Pick<ExecutorConditions, 'libraries'>,
): Promise<Detection> {
  const version = `ONNX Runtime ${onnxRuntimeVersion()}`;
  const { name, device } = provider;
  if (name === 'cpu') return { available: true, version };
  if (!isSystemOf(provider)) return elsewhere();
  // Before the package is asked anything: its core must not be the first in this process.
  const lacking = name === 'cuda' ? await loadCuda(libraries) : null;
  if (lacking) return lacking;
  if (!offered().some((each) => each.name === name)) return elsewhere();
  try {
    const session = await onnxRuntime().InferenceSession.create(oneOperator(), {
      executionProviders: [name],
      logSeverityLevel: 4,
    });
    await session.release();
    return { available: true, version, ...(device !== null && { device }) };
  } catch (error) {
    return refusal(provider, error instanceof Error ? error.message : String(error));
  }
}

function isSystemOf({ systems, name }: OnnxProvider): boolean {
  return systems.includes(process.platform) && (name !== 'cuda' || process.arch === 'x64');
}

function elsewhere(): Detection {
  const system = `${process.platform}-${process.arch}`;
  return missing('otherSystem', executorReason('otherSystem', { system }), 'none');
}

function refusal({ name, remedy }: OnnxProvider, said: string): Detection {
  // What is meant for a reader stands in the middle of places in the source, conditions and the name of the computer.
  const words = /CUDA failure [^;]*/.exec(said)?.[0] ?? /was false\. (\S.*)/s.exec(said)?.[1] ?? said;
  const lacks = /shared library|cannot open|not found/i.test(words);
  return missing(
    lacks ? 'notInstalled' : 'noDevice',
    executorReason('refused', {}, words),
    lacks && name === 'cuda' ? 'setupCuda' : remedy,
  );
}

function oneOperator(): Uint8Array {
  const builder = new GraphBuilder();
  const input = builder.input('x', { dtype: 'float32', dims: [1] });
  return writeOnnx(builder.finish('one operator', [builder.op('Relu', [input])]));
}
