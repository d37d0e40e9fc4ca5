import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import { NetworkError } from '../../graph/errors.ts';
import { specialise } from '../../graph/specialise.ts';
import type { Dim, Graph, Tensor, ValueInfo } from '../../graph/types.ts';
import { checkFit } from '../check-fit.ts';
import type { CompileOptions, Executor, Program, StateVariable } from '../types.ts';
import type { Device } from './device.ts';
import { type Order, plainOrder, reorder, restore } from './order.ts';
import type { Plan, Slot } from './plan.ts';
import { planGraph } from './plan-graph.ts';
import { widenToPlanes } from './planes.ts';
import { type RunResult, runPlan, type Schedule, schedule } from './run-plan.ts';
import { stateOrders } from './state-orders.ts';

/** Runs graphs with the kernels of one TensorFlow.js backend; weights and slots stay on its device. */
export function createTensorFlowJsExecutor(name: string, device: Device): Executor {
  return {
    name,
    compile: (graph: Graph, options: CompileOptions) =>
      alone(device, () => TensorFlowJsProgram.open(name, device, graph, options)),
  };
}

/** TensorFlow.js has one active backend in a process, so programs take turns. */
let turn: Promise<unknown> = Promise.resolve();

function alone<T>(device: Device, work: () => T | Promise<T>): Promise<T> {
  const result = turn.then(async () => {
    if (!(await device.tf.setBackend(device.backend)))
      throw new NetworkError('INVALID_STATE', `TensorFlow.js could not start its ${device.title} backend.`);
    return work();
  });
  turn = result.catch(() => undefined);
  return result;
}

/** Shapes for which a network with an open batch is kept planned. */
const PLANS = 4;

class TensorFlowJsProgram implements Program {
  #choices: Readonly<Record<string, string>> = {};
  readonly #device: Device;
  readonly #graph: Graph;
  readonly #state: ReadonlyMap<string, StateVariable>;
  readonly #orders: ReadonlyMap<string, Order>;
  readonly #values = new Map<string, DeviceTensor>();
  readonly #plans = new Map<string, Schedule>();
  #disposed = false;

  /** Plans at once where all shapes are known, so that what cannot be computed is refused here. */
  static open(name: string, device: Device, graph: Graph, options: CompileOptions): TensorFlowJsProgram {
    const program = new TensorFlowJsProgram(device, graph, options.state);
    const open = graph.inputs.some(
      ({ dims }) => dims === null || dims.some((dim) => typeof dim === 'string'),
    );
    const found = open ? undefined : program.#planFor(new Map()).plan;
    program.#choices = describe(name, device, found);
    return program;
  }

  private constructor(device: Device, graph: Graph, state: readonly StateVariable[]) {
    this.#device = device;
    this.#graph = graph;
    this.#state = new Map(state.map((variable) => [variable.name, variable]));
    this.#orders = stateOrders(
      graph,
      state.map((variable) => variable.name),
    );
  }

  get choices(): Readonly<Record<string, string>> {
    return this.#choices;
  }

  run(feeds: ReadonlyMap<string, Tensor>, fetches: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
    return this.#alone(async () => {
      const { plan, ...rest } = this.#planFor(this.#checkedFeeds(feeds));
      const state = this.#stateOf(plan);
      let result: RunResult | undefined;
      try {
        const fetched = await this.#device.checked(async () => {
          result = this.#device.wholly(
            () => runPlan({ plan, ...rest }, this.#upload(plan, feeds), state, explain),
            ({ made }) => [...made],
          );
          const found = new Map<string, Tensor>();
          for (const name of fetches) found.set(name, await this.#download(plan, result, name));
          return found;
        });
        this.#advance(result!);
        return fetched;
      } catch (error) {
        for (const tensor of result?.made ?? []) tensor.dispose();
        throw error;
      }
    });
  }

  #alone<T>(work: () => T | Promise<T>): Promise<T> {
    return alone(this.#device, () => {
      if (this.#disposed)
        throw new NetworkError('INVALID_STATE', 'This program was disposed; compile the network again.');
      return work();
    });
  }

  /** Checks feeds and gives their shapes, by which plans are told apart. */
  #checkedFeeds(feeds: ReadonlyMap<string, Tensor>): ReadonlyMap<string, readonly Dim[]> {
    const shapes = new Map<string, readonly Dim[]>();
    for (const input of this.#graph.inputs) {
      if (this.#state.has(input.name)) continue;
      const feed = feeds.get(input.name);
      if (feed === undefined)
        throw new NetworkError('SHAPE_MISMATCH', `The input "${input.name}" was not given.`);
      checkFit(input, feed);
      if (isOpen(input)) shapes.set(input.name, feed.dims);
    }
    return shapes;
  }

  #planFor(shapes: ReadonlyMap<string, readonly Dim[]>): Schedule {
    const key = [...shapes].map(([name, dims]) => `${name}:${dims.join()}`).join(';');
    const known = this.#plans.get(key);
    if (known) return known;
    const fixed = shapes.size === 0 ? this.#graph : specialise(this.#graph, { inputs: shapes });
    const graph = widenToPlanes(fixed);
    const made = schedule(
      planGraph(this.#device, { graph, state: [...this.#state.values()], orders: this.#orders }),
    );
    if (this.#plans.size >= PLANS) {
      const [oldest, dropped] = [...this.#plans][0]!;
      this.#plans.delete(oldest);
      disposeConstants(dropped.plan);
    }
    this.#plans.set(key, made);
    return made;
  }

  #stateOf(plan: Plan): ReadonlyMap<Slot, DeviceTensor> {
    const state = new Map<Slot, DeviceTensor>();
    for (const [name, slot] of plan.state) {
      const value = this.#values.get(name);
      if (value === undefined) throw new NetworkError('INVALID_STATE', `The state "${name}" was never set.`);
      state.set(slot, value);
    }
    return state;
  }

  #upload(plan: Plan, feeds: ReadonlyMap<string, Tensor>): ReadonlyMap<Slot, DeviceTensor> {
    return new Map([...plan.feeds].map(([name, slot]) => [slot, this.#device.upload(feeds.get(name)!)]));
  }

  async #download(plan: Plan, { outputs }: RunResult, name: string): Promise<Tensor> {
    const placed = plan.outputs.get(name);
    const value = outputs.get(name);
    if (!placed || !value)
      throw new NetworkError('UNKNOWN_VALUE', `The network has no result named "${name}".`);
    const dtype = this.#graph.types.get(name)?.dtype ?? 'float32';
    return restore(await this.#device.download(value, dtype), placed.order);
  }

  /** Puts new values in the place of the old ones; a tensor that is used twice or is not the run's own is copied. */
  #advance({ outputs, made }: RunResult): void {
    const free = new Set(made);
    const fresh = new Map<string, DeviceTensor>();
    for (const { name, next } of this.#state.values()) {
      if (next === undefined) continue;
      const value = outputs.get(next)!;
      fresh.set(name, free.delete(value) ? value : value.clone());
    }
    for (const [name, value] of fresh) {
      this.#values.get(name)?.dispose();
      this.#values.set(name, value);
    }
    for (const tensor of free) tensor.dispose();
  }

  state(): Promise<ReadonlyMap<string, Tensor>> {
    return this.#alone(async () => {
      const snapshot = new Map<string, Tensor>();
      for (const [name, value] of this.#values) {
        const dtype = this.#graph.types.get(name)?.dtype ?? 'float32';
        const order = this.#orders.get(name) ?? plainOrder(value.shape.length);
        snapshot.set(name, restore(await this.#device.download(value, dtype), order));
      }
      return snapshot;
    });
  }

  setState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    return this.#alone(() => {
      for (const [name, value] of state) {
        const input = this.#graph.inputs.find((candidate) => candidate.name === name);
        if (input === undefined || !this.#state.has(name))
          throw new NetworkError('INVALID_STATE', `The program has no state "${name}".`);
        checkFit(input, value);
      }
      for (const [name, value] of state) {
        const fresh = this.#device.upload(reorder(value, this.#orders.get(name)!));
        this.#values.get(name)?.dispose();
        this.#values.set(name, fresh);
      }
    });
  }

  async dispose(): Promise<void> {
    await alone(this.#device, () => {
      this.#disposed = true;
      for (const { plan } of this.#plans.values()) disposeConstants(plan);
      for (const value of this.#values.values()) value.dispose();
      this.#plans.clear();
      this.#values.clear();
    });
  }
}

const isOpen = ({ dims }: ValueInfo): boolean => dims === null || dims.some((dim) => typeof dim === 'string');

function disposeConstants(plan: Plan): void {
  for (const tensor of plan.constants.values()) tensor.dispose();
}

function describe(name: string, device: Device, plan: Plan | undefined): Readonly<Record<string, string>> {
  const composed = [...(plan?.choices ?? [])].map(([operator, how]) => [
    operator,
    [...how].sort().join(', '),
  ]);
  return {
    executor: name,
    backend: device.title,
    ...(device.threads !== null && { threads: String(device.threads) }),
    layout: 'channels last',
    ...Object.fromEntries(composed),
  };
}

/** A kernel's failure, with the node it happened in. */
function explain({ node }: Plan['steps'][number], cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const error = new NetworkError(
    'UNSUPPORTED_OPERATOR',
    `TensorFlow.js could not compute ${node ? `${node.operator} "${node.name}"` : 'the network'}: ${reason}`,
    node ? { operator: node.operator, node: node.name } : undefined,
  );
  error.cause = cause;
  return error;
}
