import { promisify } from 'node:util';
import { NetworkError } from '../../graph/errors.ts';
import type { Graph, Tensor, ValueInfo } from '../../graph/types.ts';
import { checkFit } from '../check-fit.ts';
import type { Program, StateVariable } from '../types.ts';
import type { Handle, OpenVinoLibrary } from './library.ts';
import { NativeTensor } from './native-tensor.ts';

/** A state variable's two buffers (one and the same where runs do not change it), in OpenVINO's memory. */
type Sides = readonly [NativeTensor, NativeTensor];

/** A model as OpenVINO compiled it: its inputs are those of the graph that anything reads, in the graph's order. */
export interface CompiledModel {
  readonly handle: Handle;
  readonly inputs: readonly string[];
}

/**
 * A compiled graph whose state stays in native memory, in two buffers a variable: one inference request reads the first
 * and writes the second, another the other way round, and runs take turns. Nothing passes through JavaScript but feeds
 * and fetched results, and nothing is bound again from run to run.
 */
export class OpenVinoProgram implements Program {
  readonly choices: Readonly<Record<string, string>>;
  readonly #library: OpenVinoLibrary;
  readonly #compiled: CompiledModel;
  readonly #graph: Graph;
  readonly #state: ReadonlyMap<string, StateVariable>;
  readonly #requests: readonly Handle[];
  readonly #sides = new Map<string, Sides>();
  readonly #feeds = new Map<string, NativeTensor>();
  /** Places of inputs and outputs in the compiled model; inputs that nothing reads have none. */
  readonly #inputs: ReadonlyMap<string, number>;
  readonly #outputs: ReadonlyMap<string, number>;
  readonly #unset: Set<string>;
  /** The side that holds the present state. */
  #side: 0 | 1 = 0;
  #running: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** Takes over the compiled model; where something fails on the way, all of it is freed. */
  constructor(
    library: OpenVinoLibrary,
    compiled: CompiledModel,
    graph: Graph,
    state: readonly StateVariable[],
    choices: Readonly<Record<string, string>>,
  ) {
    this.#library = library;
    this.#compiled = compiled;
    this.#graph = graph;
    this.#state = new Map(state.map((variable) => [variable.name, variable]));
    this.#inputs = new Map(compiled.inputs.map((name, index) => [name, index]));
    this.#outputs = new Map(graph.outputs.map(({ name }, index) => [name, index]));
    this.#unset = new Set(this.#state.keys());
    this.choices = choices;
    const requests: Handle[] = [];
    this.#requests = requests;
    try {
      for (let side = 0; side < (state.some(({ next }) => next !== undefined) ? 2 : 1); side++)
        requests.push(this.#createRequest());
      for (const input of graph.inputs) {
        const variable = this.#state.get(input.name);
        if (variable) this.#bindState(input, variable);
      }
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  async run(
    feeds: ReadonlyMap<string, Tensor>,
    fetches: readonly string[],
  ): Promise<ReadonlyMap<string, Tensor>> {
    this.#demandAlive();
    for (const name of this.#unset)
      throw new NetworkError('INVALID_STATE', `The state "${name}" was never set.`);
    for (const input of this.#graph.inputs)
      if (!this.#state.has(input.name)) this.#feed(input, feeds.get(input.name));
    const request = this.#requests[this.#side]!;
    await this.#infer(request);
    const results = new Map(fetches.map((name) => [name, this.#fetch(request, name)]));
    if (this.#requests.length === 2) this.#side = this.#side === 0 ? 1 : 0;
    return results;
  }

  async state(): Promise<ReadonlyMap<string, Tensor>> {
    this.#demandAlive();
    const set = [...this.#sides].filter(([name]) => !this.#unset.has(name));
    return new Map(set.map(([name, sides]) => [name, sides[this.#side].read()]));
  }

  async setState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    this.#demandAlive();
    for (const [name, value] of state) {
      const input = this.#graph.inputs.find((candidate) => candidate.name === name);
      if (input === undefined || !this.#sides.has(name))
        throw new NetworkError('INVALID_STATE', `The program has no state "${name}".`);
      checkFit(input, value);
    }
    for (const [name, value] of state) {
      this.#sides.get(name)![this.#side].write(value);
      this.#unset.delete(name);
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // Memory is not taken away from under a run that nobody waits for any more.
    await this.#running.catch(() => undefined);
    this.#free();
  }

  #demandAlive(): void {
    if (this.#disposed)
      throw new NetworkError('INVALID_STATE', 'This program was disposed; compile the network again.');
  }

  /**
   * Started and waited for, never `infer`: with one thread and an open axis, 2026.4 loses what failed inside of that
   * (an allocation), says success, and leaves the results of the run before.
   */
  async #infer(request: Handle): Promise<void> {
    const { call, check } = this.#library;
    const doing = `to run "${this.#graph.name}"`;
    check(call.infer_request_start_async(request), 'EXECUTION_FAILED', doing);
    const running = promisify(call.infer_request_wait.async)(request);
    this.#running = running;
    check(await running, 'EXECUTION_FAILED', doing);
  }

  #createRequest(): Handle {
    const { call, check } = this.#library;
    const request: [Handle | null] = [null];
    check(
      call.compiled_model_create_infer_request(this.#compiled.handle, request),
      'EXECUTION_FAILED',
      `to prepare "${this.#graph.name}"`,
    );
    return request[0]!;
  }

  #bindState(input: ValueInfo, variable: StateVariable): void {
    const { name, dtype, dims } = input;
    if (!dims?.every((dim): dim is number => typeof dim === 'number'))
      throw new NetworkError('UNKNOWN_SHAPE', `The shape of the state "${name}" is not known.`);
    const first = NativeTensor.create(this.#library, { dtype, dims });
    const second = variable.next === undefined ? first : NativeTensor.create(this.#library, { dtype, dims });
    this.#sides.set(name, [first, second]);
    const sides = [first, second];
    for (const [side, request] of this.#requests.entries()) {
      this.#setInput(request, name, sides[side]!);
      if (variable.next !== undefined)
        this.#setOutput(request, this.#outputs.get(variable.next)!, sides[1 - side]!);
    }
  }

  #feed(input: ValueInfo, value: Tensor | undefined): void {
    if (value === undefined)
      throw new NetworkError('SHAPE_MISMATCH', `The input "${input.name}" was not given.`);
    checkFit(input, value);
    let native = this.#feeds.get(input.name);
    if (!native?.fits(value)) {
      native?.free();
      native = NativeTensor.create(this.#library, value);
      this.#feeds.set(input.name, native);
      for (const request of this.#requests) this.#setInput(request, input.name, native);
    }
    native.write(value);
  }

  #fetch(request: Handle, name: string): Tensor {
    const index = this.#outputs.get(name);
    if (index === undefined) throw new NetworkError('UNKNOWN_VALUE', `The network has no output "${name}".`);
    const handle: [Handle | null] = [null];
    const { call, check } = this.#library;
    const status = call.infer_request_get_output_tensor_by_index(request, index, handle);
    check(status, 'EXECUTION_FAILED', `to give "${name}"`);
    const native = NativeTensor.adopt(this.#library, handle[0]!, this.#graph.outputs[index]!);
    try {
      return native.read();
    } finally {
      native.free();
    }
  }

  #setInput(request: Handle, name: string, { handle }: NativeTensor): void {
    const index = this.#inputs.get(name);
    if (index === undefined) return;
    const { call, check } = this.#library;
    const status = call.infer_request_set_input_tensor_by_index(request, index, handle);
    check(status, 'EXECUTION_FAILED', `to take "${name}"`);
  }

  #setOutput(request: Handle, index: number, { handle }: NativeTensor): void {
    const { call, check } = this.#library;
    const status = call.infer_request_set_output_tensor_by_index(request, index, handle);
    check(status, 'EXECUTION_FAILED', `to write "${this.#graph.outputs[index]!.name}"`);
  }

  #free(): void {
    const { call } = this.#library;
    for (const request of this.#requests) call.infer_request_free(request);
    call.compiled_model_free(this.#compiled.handle);
    for (const native of new Set([...this.#sides.values()].flat())) native.free();
    for (const native of this.#feeds.values()) native.free();
    this.#sides.clear();
    this.#feeds.clear();
  }
}
