import { zeros } from '../../graph/tensor.ts';
import type { Graph, Tensor, ValueInfo } from '../../graph/types.ts';
import type { Program, StateVariable } from '../types.ts';

/** Opens a graph of an executor's own operators. */
export type Opens = (graph: Graph, state: readonly StateVariable[]) => Promise<Program>;

/** Runs that are timed at most, after one that is not, */
const RUNS = 5;
/** and for how long, in milliseconds, once there is one. */
const LONG_ENOUGH = 60;
/** What takes so many times as long in its first run as the best did at its best is not run again. */
const HOPELESS = 3;

/**
 * Milliseconds of a graph's shortest run; infinite for what the executor cannot run, and for what is out of the question
 * beside `best`. All inputs hold `fill`: no operator here takes longer for one number than for another, except for those
 * too small to be normal, which none of these become.
 */
export async function timed(
  opens: Opens,
  graph: Graph,
  state: readonly StateVariable[],
  { fill, best }: { readonly fill: number; readonly best: number },
): Promise<number> {
  try {
    const program = await opens(graph, state);
    try {
      return await shortestRun(program, graph, state, { fill, best });
    } finally {
      await program.dispose();
    }
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function shortestRun(
  program: Program,
  graph: Graph,
  state: readonly StateVariable[],
  { fill, best }: { readonly fill: number; readonly best: number },
): Promise<number> {
  const isState = new Set(state.map(({ name }) => name));
  const values = graph.inputs.map((input): [string, Tensor] => [input.name, filled(input, fill)]);
  await program.setState(new Map(values.filter(([name]) => isState.has(name))));
  const feeds = new Map(values.filter(([name]) => !isState.has(name)));
  return shortestOf(() => program.run(feeds, []), {
    runs: RUNS,
    isEnough: ({ run, took, elapsed }) => (run === 0 ? took > HOPELESS * best : elapsed > LONG_ENOUGH),
  });
}

/** A run that is over: which one (0 is not counted), and the milliseconds of it and of all so far. */
interface Lap {
  readonly run: number;
  readonly took: number;
  readonly elapsed: number;
}

/** What work takes at least, in milliseconds: for the clocks of some virtual machines, time stands still for a while. */
export const SHORTEST_MS = 1e-3;

/**
 * Milliseconds of the shortest of a few runs: what else the machine was doing can only lengthen one. The first pays for what
 * is allocated and chosen once, and is not counted: infinite where it was enough already. Where the clock shows no time for
 * a run, their mean.
 */
export async function shortestOf(
  work: () => Promise<unknown>,
  limits: {
    readonly runs: number;
    readonly isEnough: (lap: Lap) => boolean;
    /** Done before each run, and not timed. */
    readonly breathe?: () => Promise<void>;
  },
): Promise<number> {
  const began = performance.now();
  const counted: number[] = [];
  for (let run = 0; run <= limits.runs; run++) {
    await limits.breathe?.();
    const start = performance.now();
    await work();
    const now = performance.now();
    if (run > 0) counted.push(now - start);
    if (limits.isEnough({ run, took: now - start, elapsed: now - began })) break;
  }
  const shortest = Math.min(...counted);
  if (shortest > 0) return shortest;
  const mean = counted.reduce((sum, took) => sum + took, 0) / counted.length;
  return Math.max(mean, SHORTEST_MS);
}

function filled({ dtype, dims }: ValueInfo, fill: number): Tensor {
  const empty = zeros(dims as readonly number[], dtype);
  // Written to, since memory that never was is one page for all of it, and faster than any other.
  if (empty.dtype === 'float32') empty.data.fill(fill);
  return empty;
}
