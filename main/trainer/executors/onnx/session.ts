import type { InferenceSession } from 'onnxruntime-node';
import { writeOnnx } from '../../graph/onnx-writer.ts';
import type { Graph } from '../../graph/types.ts';
import { alignRanks } from './full-rank.ts';
import { mergeReductions } from './merge-reductions.ts';
import { onnxRuntime } from './runtime.ts';

/** A serialised network. */
export interface Model {
  readonly bytes: Uint8Array;
  /** Optimisations of ONNX Runtime that would change what this network computes. */
  readonly without: readonly string[];
}

/** Serialises a lowered network. */
export function modelOf(graph: Graph): Model {
  return {
    bytes: writeOnnx(alignRanks(mergeReductions(graph))),
    without: padsMaxima(graph) ? ['Pad_Fusion'] : [],
  };
}

/**
 * ONNX Runtime 1.30 moves a padding with zeros into the maximum after it, whose own padding counts as less than any number:
 * where all of a window's numbers are negative the result is one of them instead of zero.
 */
function padsMaxima({ nodes }: Graph): boolean {
  const padded = new Set(
    nodes.filter(({ operator }) => operator === 'Pad').flatMap(({ outputs }) => outputs),
  );
  return nodes.some(({ operator, inputs }) => operator === 'MaxPool' && padded.has(inputs[0]!));
}

/** Opens a serialised network on a provider of ONNX Runtime; throws what ONNX Runtime says where it cannot. */
export function openSession(
  { bytes, without }: Model,
  { provider, threads }: { readonly provider: string; readonly threads: number },
): Promise<InferenceSession> {
  return onnxRuntime().InferenceSession.create(bytes, {
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
    extra: {
      session: { intra_op: { allow_spinning: '0' } },
      optimization: { disable_specified_optimizers: without.join(';') },
    },
  });
}
