import { startThread, type Thread } from '../../../lib/threads.ts';
import { NetworkError } from '../../graph/errors.ts';
import type { Tensor, ValueInfo } from '../../graph/types.ts';
import { fittingFeed } from '../check-fit.ts';
import type { Program } from '../types.ts';
import type { Model } from './session.ts';

export interface LaneData {
  readonly model: Model;
  readonly threads: number;
}
/** One run; null asks only whether the lane is ready. */
export type LaneRequest = {
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly fetches: readonly string[];
} | null;
interface Lane {
  readonly thread: Thread<LaneRequest, ReadonlyMap<string, Tensor>>;
  /** What the lane is fed, in memory that both threads see: copies of every batch would keep the collector busy. */
  readonly feeds: Map<string, Tensor>;
}

/**
 * A network without state in several threads, each with a session and its share of the processor's threads. Where
 * batches come one after the other this is faster than all threads inside one operator (no operator waits for its
 * slowest thread), and the caller's own thread stays free: a run of ONNX Runtime holds the thread that starts it.
 */
export async function openLanes(
  model: Model,
  inputs: readonly ValueInfo[],
  { threads, lanes }: { readonly threads: number; readonly lanes: number },
  choices: Readonly<Record<string, string>>,
): Promise<Program> {
  const data: LaneData = { model, threads: Math.max(1, Math.floor(threads / lanes)) };
  const opened = Array.from(
    { length: lanes },
    (): Lane => ({ thread: startThread('lane-worker', import.meta.url, data), feeds: new Map() }),
  );
  const close = async () => {
    await Promise.all(opened.map(({ thread }) => thread.close()));
  };
  try {
    await Promise.all(opened.map(({ thread }) => thread.ask(null)));
  } catch (error) {
    await close();
    throw error;
  }
  return new LanedProgram(opened, inputs, { ...choices, lanes: String(lanes) }, close);
}

class LanedProgram implements Program {
  readonly choices: Readonly<Record<string, string>>;
  readonly #inputs: readonly ValueInfo[];
  readonly #idle: Lane[];
  readonly #waiting: ((lane: Lane) => void)[] = [];
  readonly #close: () => Promise<void>;
  #disposed = false;

  constructor(
    lanes: readonly Lane[],
    inputs: readonly ValueInfo[],
    choices: Readonly<Record<string, string>>,
    close: () => Promise<void>,
  ) {
    this.#idle = [...lanes];
    this.#inputs = inputs;
    this.choices = choices;
    this.#close = close;
  }

  async run(
    feeds: ReadonlyMap<string, Tensor>,
    fetches: readonly string[],
  ): Promise<ReadonlyMap<string, Tensor>> {
    if (this.#disposed)
      throw new NetworkError('INVALID_STATE', 'This program was disposed; compile the network again.');
    const fitting = new Map(this.#inputs.map((input) => [input.name, fittingFeed(input, feeds)]));
    const lane = this.#idle.pop() ?? (await new Promise<Lane>((resolve) => this.#waiting.push(resolve)));
    try {
      for (const [name, value] of fitting) lane.feeds.set(name, shared(value, lane.feeds.get(name)));
      return await lane.thread.ask({ feeds: lane.feeds, fetches });
    } finally {
      const next = this.#waiting.shift();
      if (next) next(lane);
      else this.#idle.push(lane);
    }
  }

  state(): Promise<ReadonlyMap<string, Tensor>> {
    return Promise.resolve(new Map());
  }

  async setState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    const [name] = state.keys();
    if (name !== undefined) throw new NetworkError('INVALID_STATE', `The program has no state "${name}".`);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#close();
  }
}

/** A copy of the tensor in memory that threads share, in that of a former one where it fits. */
function shared(value: Tensor, former: Tensor | undefined): Tensor {
  const bytes = new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
  const fits = former?.dtype === value.dtype && former.data.byteLength === bytes.byteLength;
  const kept = fits ? former : sharedLike(value);
  new Uint8Array(kept.data.buffer, kept.data.byteOffset, bytes.byteLength).set(bytes);
  return { ...kept, dims: value.dims };
}

function sharedLike({ dtype, dims, data }: Tensor): Tensor {
  const Storage = data.constructor as new (memory: SharedArrayBuffer) => typeof data;
  return { dtype, dims, data: new Storage(new SharedArrayBuffer(data.byteLength)) } as Tensor;
}
