import { promisify } from 'node:util';
import { NetworkError } from '../../graph/errors.ts';
import { writeOnnx } from '../../graph/onnx-writer.ts';
import type { Graph } from '../../graph/types.ts';
import { usualFormBut } from '../lowerings/batch-major/registry.ts';
import type { LayoutHabits } from '../lowerings/lower.ts';
import type { Findings } from '../tuning/findings.ts';
import { type LoweringHabits, lowerTuned } from '../tuning/tuned-lowering.ts';
import type { CompileOptions, Executor, Program, StateVariable } from '../types.ts';
import { inOpenVinoDialect } from './dialect.ts';
import type { Handle, OpenVinoLibrary } from './library.ts';
import { type CompiledModel, OpenVinoProgram } from './program.ts';

/**
 * An executor on one of OpenVINO's devices: `CPU`, or `GPU` where its plugin and an Intel graphics driver are present.
 * With `findings` it times what has several forms, and remembers which was the fastest.
 */
export function createOpenVinoExecutor(
  library: OpenVinoLibrary,
  {
    name,
    device,
    findings = null,
  }: { readonly name: string; readonly device: 'CPU' | 'GPU'; readonly findings?: Findings | null },
): Executor {
  return {
    name,
    async compile(graph: Graph, options: CompileOptions): Promise<Program> {
      const { threads, state } = options;
      const compile = (lowered: Graph) =>
        compileModel(library, inOpenVinoDialect(lowered), { device, threads });
      const opens = async (lowered: Graph, variables: readonly StateVariable[]) =>
        new OpenVinoProgram(library, await compile(lowered), lowered, variables, {});
      const lowered = await lowerTuned(graph, options, habits, findings && { findings, opens });
      return new OpenVinoProgram(library, await compile(lowered.graph), graph, state, {
        executor: name,
        version: library.version,
        threads: String(threads),
        ...lowered.choices,
      });
    },
  };
}

/**
 * A step of MobileNetV2 takes 113 ms instead of 124 channel-major, from block 5 on 15 instead of 18: depthwise
 * convolutions find their maps in the order in which they compute. Without them nothing is gained, and every turning
 * costs (ResNet-50: 786 ms batch-major, 1,027 position-major).
 */
const fasterLayouts: LayoutHabits = { depthwise: 'position-major', dense: 'batch-major' };

/**
 * Forms that OpenVINO has better ones than. Its depthwise convolutions take kernels that change and are faster than
 * products with banded matrices; it computes chains of arithmetic on one map in one pass, but no comparisons among them
 * (8×96×112²: 7.4 ms by ramps, 11.5 by masks); and its poolings that give indices are not made for speed (8×64×112²:
 * 500 ms, 30 by comparing).
 */
const slower: ReadonlySet<string> = new Set([
  'banded product',
  'unchanged by a narrower clip',
  'mask of low < y < high',
  'mask of y > 0',
  'ScatterElements',
]);

const habits: LoweringHabits = {
  changing: fasterLayouts,
  layouts: ['batch-major', 'channel-major', 'position-major'],
  choose: usualFormBut(slower),
};

async function compileModel(
  library: OpenVinoLibrary,
  graph: Graph,
  { device, threads }: { readonly device: string; readonly threads: number },
): Promise<CompiledModel> {
  const { call, check } = library;
  const bytes = writeOnnx(graph);
  const model: [Handle | null] = [null];
  check(
    call.core_read_model_from_memory_buffer(library.core, bytes, bytes.byteLength, null, model),
    'UNSUPPORTED_OPERATOR',
    `to read "${graph.name}"`,
  );
  const settings = [
    // Full precision: what is lost by half-precision products shows after a few hundred steps.
    { key: 'INFERENCE_PRECISION_HINT', value: 'f32' },
    { key: 'PERFORMANCE_HINT', value: 'LATENCY' },
    ...(device === 'CPU' ? processorSettings(threads) : []),
  ];
  const compiled: [Handle | null] = [null];
  try {
    const compile = promisify(call.core_compile_model_props.async);
    const status = await compile(library.core, model[0]!, device, settings.length, settings, compiled);
    check(status, 'UNSUPPORTED_OPERATOR', `to compile "${graph.name}"`);
  } finally {
    call.model_free(model[0]!);
  }
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => read.has(name) || outputs.has(name));
  checkInputs(library, compiled[0]!, inputs.length);
  return { handle: compiled[0]!, inputs };
}

/** Settings that the processor's plugin alone has. */
function processorSettings(threads: number): readonly { readonly key: string; readonly value: string }[] {
  return [
    { key: 'INFERENCE_NUM_THREADS', value: String(threads) },
    // Its compiler of elementwise chains makes a step of AdamW many times slower (3.6 s of 4.0 went into one chain of 2026.4),
    // and its compilation longer; the plain kernels fuse chains as well.
    { key: 'SNIPPETS_MODE', value: 'DISABLE' },
  ];
}

/** Inputs are bound by their places, so a runtime that drops or adds one must be noticed before it computes nonsense. */
function checkInputs({ call, check }: OpenVinoLibrary, handle: Handle, expected: number): void {
  const count: [number] = [0];
  const status = call.compiled_model_inputs_size(handle, count);
  if (status === 0 && Number(count[0]) === expected) return;
  call.compiled_model_free(handle);
  check(status, 'EXECUTION_FAILED', 'to count the inputs of a network');
  throw new NetworkError(
    'EXECUTION_FAILED',
    `OpenVINO kept ${count[0]} of ${expected} inputs of the network: use another version of it, or another executor.`,
  );
}
