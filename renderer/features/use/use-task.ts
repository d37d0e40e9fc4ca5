import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';

/** One event of a long task: how far it is, or its result. */
type TaskEvent<Result> =
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly secondsLeft: number | null;
    }
  | { readonly type: 'done'; readonly result: Result };

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}

/** A task that can be watched and stopped; leaving the place stops it too. */
export interface Task<Result> {
  readonly progress: Progress | null;
  readonly result: Result | null;
  readonly run: (start: (signal: AbortSignal) => Promise<AsyncIterable<TaskEvent<Result>> | null>) => void;
  readonly stop: () => void;
}

/** Runs one streaming call at a time and keeps its progress and its result. */
export function useTask<Result>(): Task<Result> {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const stopping = useRef<AbortController | null>(null);
  useEffect(() => () => stopping.current?.abort(), []);
  const run = useCallback<Task<Result>['run']>((start) => {
    const stop = new AbortController();
    stopping.current = stop;
    const follow = async () => {
      const events = await start(stop.signal);
      if (events === null) return;
      setResult(null);
      setProgress({ done: 0, total: 0, secondsLeft: null });
      for await (const event of events) {
        if (event.type === 'done') setResult(event.result);
        else setProgress(event);
      }
    };
    follow()
      .catch((error: unknown) => {
        if (!stop.signal.aborted || failureOf(error).code !== 'INTERNAL') showFailure(error);
      })
      .finally(() => setProgress(null));
  }, []);
  const stop = useCallback(() => stopping.current?.abort(), []);
  return { progress, result, run, stop };
}
