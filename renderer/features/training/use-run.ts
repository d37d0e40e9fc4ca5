import { useEffect, useState } from 'react';
import type { RunSnapshot } from '../../../shared/contract/training.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { client } from '../../api/index.ts';

/** Follows one run: its state so far at once, then every change until it ends. */
export function useRun(run: RunId | null): RunSnapshot | null {
  const [snapshot, setSnapshot] = useState<RunSnapshot | null>(null);
  useEffect(() => {
    setSnapshot(null);
    if (run === null) return undefined;
    const stop = new AbortController();
    const follow = async () => {
      while (!stop.signal.aborted) {
        try {
          for await (const next of await client.training.watch({ run }, { signal: stop.signal }))
            setSnapshot(next);
          return;
        } catch {
          // The engine restarted under the stream; its state is asked again after a moment.
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [run]);
  return snapshot;
}
