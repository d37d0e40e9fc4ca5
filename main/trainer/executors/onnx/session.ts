import type { InferenceSession } from 'onnxruntime-node';
import ort from 'onnxruntime-node';

/** Opens a serialised network on a provider of ONNX Runtime; throws what ONNX Runtime says where it cannot. */
export function openSession(
  model: Uint8Array,
  { provider, threads }: { readonly provider: string; readonly threads: number },
): Promise<InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: [provider],
    // DirectML moves buffers itself and refuses to share ONNX Runtime's plan of them.
    ...(provider === 'dml' && { enableMemPattern: false }),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Waiting threads sleep: spinning ones would take the processor from whoever is labeling.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
