import { useQuery } from '@tanstack/react-query';
import type { RunSnapshot, RunSummary } from '../../shared/contract/training.ts';
import { client, studio } from '../api/index.ts';

/** The training at work or paused, and how far it was a moment ago. */
export interface RunningTraining {
  readonly run: RunSummary;
  readonly snapshot: RunSnapshot | null;
}

/** What the status bar says of a training: looked at every other second, since a bar that flickers is a nuisance. */
export function useRunningTraining(): RunningTraining | null {
  const runs = useQuery({ ...studio.training.runs.queryOptions(), retry: false });
  const run = runs.data?.find(({ state }) => state === 'running' || state === 'paused');
  const snapshot = useQuery({
    queryKey: ['running-training', run?.id],
    enabled: run !== undefined,
    queryFn: async ({ signal }) => {
      if (run === undefined) return null;
      for await (const state of await client.training.watch({ run: run.id }, { signal })) return state;
      return null;
    },
    refetchInterval: 2000,
  });
  return run === undefined ? null : { run, snapshot: snapshot.data ?? null };
}
