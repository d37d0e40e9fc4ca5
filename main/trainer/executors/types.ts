import type { Graph, Tensor } from '../graph/types.ts';

/** A value that lives in the program between runs: a parameter or an optimiser slot, read from `name`, replaced by `next`. */
export interface StateVariable {
  /** Graph input that reads the variable. */
  readonly name: string;
  /** Graph output that holds its value after a run; absent where runs do not change it. */
  readonly next?: string;
}

/** How an executor may choose between equivalent compositions of an operator; timing-based choice plugs in here. */
export interface CompileOptions {
  readonly state: readonly StateVariable[];
  /** Threads inside an operator; 1 leaves the rest of the machine alone. */
  readonly threads: number;
  /** Layout of feature maps inside the executor; 'automatic' lets it take what is fastest for the graph. */
  readonly layout?: 'automatic' | 'batch-major' | 'channel-major' | 'position-major';
  /** Runs that may be under way at once, sharing `threads`; programs with state have one whatever is asked. */
  readonly lanes?: number;
}

/** A compiled graph together with its state; one run at a time, unless it was compiled for several lanes. */
export interface Program {
  /** What was chosen at compilation (layout, lowerings, threads), for the run's manifest. */
  readonly choices: Readonly<Record<string, string>>;
  /**
   * Runs the graph once and, where state variables have a `next`, advances them.
   * Feeds are checked against the graph's inputs; NetworkError SHAPE_MISMATCH names the one that does not fit.
   */
  run(feeds: ReadonlyMap<string, Tensor>, fetches: readonly string[]): Promise<ReadonlyMap<string, Tensor>>;
  /** A snapshot of the state variables by name; later runs do not change the returned arrays. */
  state(): Promise<ReadonlyMap<string, Tensor>>;
  /** Replaces the given state variables; names that the program does not have are an error (INVALID_STATE). */
  setState(state: ReadonlyMap<string, Tensor>): Promise<void>;
  dispose(): Promise<void>;
}

/** Something that can run a graph: one implementation per runtime, all with the same numbers. */
export interface Executor {
  readonly name: string;
  /** Where many small batches come one after the other: how many at once use so many threads best; absent: one. */
  readonly lanes?: (threads: number) => number;
  compile(graph: Graph, options: CompileOptions): Promise<Program>;
}
