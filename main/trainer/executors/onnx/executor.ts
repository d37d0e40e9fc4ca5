import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { NetworkError } from '../../graph/errors.ts';
import type { Graph, Tensor, ValueInfo } from '../../graph/types.ts';
import { checkFit, fittingFeed } from '../check-fit.ts';
import { type LoweringChoice, usualForm } from '../lowerings/batch-major/registry.ts';
import { bestOnDevices } from '../lowerings/on-devices.ts';
import type { Findings } from '../tuning/findings.ts';
import { type LoweringHabits, lowerTuned } from '../tuning/tuned-lowering.ts';
import type { CompileOptions, Executor, Program, StateVariable } from '../types.ts';
import { openLanes } from './lanes.ts';
import { modelOf, openSession } from './session.ts';
import { fromOrt, toOrt } from './tensors.ts';

const processorLayouts = ['batch-major', 'channel-major', 'position-major'] as const;

/** Runs graphs with ONNX Runtime on the CPU: the executor that every machine has. */
export const onnxExecutor: Executor = createOnnxExecutor({ name: 'onnx', provider: 'cpu' });

/** Each lane keeps its own copy of the weights and of what flows between layers. */
const MOST_LANES = 4;

/**
 * An executor on one of ONNX Runtime's providers; operators that the provider lacks run on the processor. With `findings`
 * it times what has several forms, and remembers which was the fastest.
 */
export function createOnnxExecutor({
  name,
  provider,
  choose = provider === 'cpu' ? usualForm : bestOnDevices,
  findings = null,
}: {
  readonly name: string;
  readonly provider: string;
  readonly choose?: LoweringChoice;
  readonly findings?: Findings | null;
}): Executor {
  const habits: LoweringHabits = { layouts: provider === 'cpu' ? processorLayouts : [], choose };
  return {
    name,
    ...(provider === 'cpu' && { lanes: (threads: number) => Math.min(threads, MOST_LANES) }),
    async compile(graph: Graph, options: CompileOptions): Promise<Program> {
      const { state, threads, lanes = 1 } = options;
      const settings = { ...options, ...layoutFor(provider, options) };
      const opens = async (lowered: Graph, variables: readonly StateVariable[]) =>
        new OnnxProgram(await openSession(modelOf(lowered), { provider, threads }), lowered, variables, {});
      const lowered = await lowerTuned(graph, settings, habits, findings && { findings, opens });
      const model = modelOf(lowered.graph);
      const choices = { executor: name, threads: String(threads), ...lowered.choices };
      try {
        if (lanes > 1 && state.length === 0) {
          return await openLanes(model, graph.inputs, { threads, lanes }, choices);
        }
        return new OnnxProgram(await openSession(model, { provider, threads }), graph, state, choices);
      } catch (cause) {
        throw refusal(graph.name, cause);
      }
    },
  };
}

function refusal(network: string, cause: unknown): NetworkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const error = new NetworkError('UNSUPPORTED_OPERATOR', `ONNX Runtime cannot run "${network}": ${reason}`);
  error.cause = cause;
  return error;
}

/** The channel-major layout is made for a processor's caches; devices have their own fast kernels for ONNX's layout. */
function layoutFor(
  provider: string,
  { layout = 'automatic' }: CompileOptions,
): Pick<CompileOptions, 'layout'> {
  return { layout: provider !== 'cpu' && layout === 'automatic' ? 'batch-major' : layout };
}

class OnnxProgram implements Program {
  readonly choices: Readonly<Record<string, string>>;
  readonly #session: InferenceSession;
  readonly #inputs: readonly ValueInfo[];
  readonly #state: ReadonlyMap<string, StateVariable>;
  readonly #values = new Map<string, OrtTensor>();
  /** Buffers of the values before, written to next; never one that a caller holds. */
  readonly #spares = new Map<string, OrtTensor>();
  #disposed = false;

  constructor(
    session: InferenceSession,
    graph: Graph,
    state: readonly StateVariable[],
    choices: Readonly<Record<string, string>>,
  ) {
    this.#session = session;
    this.#inputs = graph.inputs;
    this.#state = new Map(state.map((variable) => [variable.name, variable]));
    this.choices = choices;
  }

  async run(
    feeds: ReadonlyMap<string, Tensor>,
    fetches: readonly string[],
  ): Promise<ReadonlyMap<string, Tensor>> {
    if (this.#disposed)
      throw new NetworkError('INVALID_STATE', 'This program was disposed; compile the network again.');
    const results = await this.#session.run(this.#collectInputs(feeds), this.#targets(fetches));
    for (const { name, next } of this.#state.values()) {
      if (next === undefined) continue;
      this.#spares.set(name, this.#values.get(name)!);
      this.#values.set(name, results[next] as OrtTensor);
    }
    const lasting = new Set([...this.#state.values()].map((variable) => variable.next));
    return new Map(
      fetches.map((name) => {
        const value = fromOrt(results[name] as OrtTensor);
        return [name, lasting.has(name) ? copyOf(value) : value];
      }),
    );
  }

  /**
   * Where results go. State moves between two sets of buffers that are kept: memory that is fresh at every step
   * costs more in page faults than the optimiser's arithmetic.
   */
  #targets(fetches: readonly string[]): Record<string, OrtTensor | null> {
    const targets: Record<string, OrtTensor | null> = Object.create(null);
    for (const name of fetches) targets[name] = null;
    for (const { name, next } of this.#state.values()) {
      if (next !== undefined) targets[next] = this.#spares.get(name) ?? null;
    }
    return targets;
  }

  #collectInputs(feeds: ReadonlyMap<string, Tensor>): Record<string, OrtTensor> {
    const all: Record<string, OrtTensor> = Object.create(null);
    for (const input of this.#inputs) {
      if (this.#state.has(input.name)) {
        const value = this.#values.get(input.name);
        if (value === undefined)
          throw new NetworkError('INVALID_STATE', `The state "${input.name}" was never set.`);
        all[input.name] = value;
        continue;
      }
      all[input.name] = toOrt(fittingFeed(input, feeds));
    }
    return all;
  }

  state(): Promise<ReadonlyMap<string, Tensor>> {
    return Promise.resolve(new Map([...this.#values].map(([name, value]) => [name, copyOf(fromOrt(value))])));
  }

  async setState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    for (const [name, value] of state) {
      const input = this.#inputs.find((candidate) => candidate.name === name);
      if (input === undefined || !this.#state.has(name)) {
        throw new NetworkError('INVALID_STATE', `The program has no state "${name}".`);
      }
      checkFit(input, value);
    }
    // Copies, because the caller may go on writing into its arrays, and later runs write into ours.
    for (const [name, value] of state) this.#values.set(name, toOrt(copyOf(value)));
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#values.clear();
    this.#spares.clear();
    await this.#session.release();
  }
}

function copyOf(value: Tensor): Tensor {
  return { ...value, data: value.data.slice() } as Tensor;
}
