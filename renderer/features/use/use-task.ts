import { useSyncExternalStore } from 'react';
import type { JobNote } from '../../../shared/contract/training.ts';
import { failureOf } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}

/** One event of a long task: how far it is and what was said so far, or its result. */
type TaskEvent<Result> =
  | ({ readonly type: 'progress'; readonly notes: readonly JobNote[] } & Progress)
  | { readonly type: 'done'; readonly result: Result };

type Start<Result> = (signal: AbortSignal) => Promise<AsyncIterable<TaskEvent<Result>> | null>;

interface State<Result> {
  readonly progress: Progress | null;
  readonly result: Result | null;
  /** What was said so far; stays beside the result. */
  readonly notes: readonly JobNote[];
}

/** A task of the window, not of a component: it goes on while the person is elsewhere in the studio. */
export class Task<Result> {
  #state: State<Result> = { progress: null, result: null, notes: [] };
  #stopping: AbortController | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): State<Result> => this.#state;
  readonly stop = (): void => this.#stopping?.abort();

  /** Follows the events of one call to its end; a second call while one runs is ignored. */
  async run(start: Start<Result>): Promise<void> {
    if (this.#state.progress !== null) return;
    const stop = new AbortController();
    this.#stopping = stop;
    try {
      const events = await start(stop.signal);
      if (events === null) return;
      this.#set({ result: null, progress: { done: 0, total: 0, secondsLeft: null }, notes: [] });
      for await (const event of events) {
        if (event.type === 'done') this.#set({ ...this.#state, result: event.result });
        else this.#set({ ...this.#state, progress: event, notes: event.notes });
      }
    } catch (error) {
      // A stopped stream ends with whatever error its end happens to be.
      if (!stop.signal.aborted || failureOf(error).code !== 'INTERNAL') showFailure(error);
    } finally {
      this.#set({ ...this.#state, progress: null });
    }
  }

  #set(state: State<Result>): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** A family of tasks, one for each run of the project. */
export function tasksByRun<Result>(): (run: string) => Task<Result> {
  const tasks = new Map<string, Task<Result>>();
  return (run) => {
    const known = tasks.get(run) ?? new Task<Result>();
    tasks.set(run, known);
    return known;
  };
}

/** Renders again as the task goes on. */
export function useTaskState<Result>(task: Task<Result>): State<Result> {
  return useSyncExternalStore(task.subscribe, task.state);
}
