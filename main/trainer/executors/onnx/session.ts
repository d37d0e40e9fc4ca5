import type { InferenceSession } from 'onnxruntime-node';
import { onnxRuntime } from './runtime.ts';

/** Opens a serialised network on a provider of ONNX Runtime; throws what ONNX Runtime says where it cannot. */
export function openSession(
  model: Uint8Array,
  { provider, threads }: { readonly provider: string; readonly threads: number },
): Promise<InferenceSession> {
  return onnxRuntime().InferenceSession.create(model, {
    executionProviders: [provider],
    // Without a plan of the buffers: the block that it makes at the second run comes on top of what the first run took
    // (880 MB instead of 567 for steps of MobileNetV2, eight images), and nothing is faster. DirectML refuses it anyway.
    enableMemPattern: false,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Waiting threads sleep: spinning ones would take the processor from whoever is labeling.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
