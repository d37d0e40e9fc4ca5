import type { QueryClient } from '@tanstack/react-query';
import type { ChangeTopic, StudioEvent } from '../../shared/contract/project.ts';
import { bridge } from './bridge.ts';
import { client, studio } from './client.ts';
import { refresh } from './refresh.ts';

const changed = {
  project: () => [studio.projects.current.key(), studio.projects.recent.key()],
  // The list of ids is long and answers for itself when it is made anew: see the gallery.
  images: () => [
    studio.images.counts.key(),
    studio.images.get.key(),
    studio.classes.list.key(),
    studio.projects.current.key(),
  ],
  thumbnails: () => [],
  labels: () => [
    studio.images.counts.key(),
    studio.images.get.key(),
    studio.classes.list.key(),
    studio.labels.key(),
    studio.training.recommend.key(),
    studio.projects.current.key(),
  ],
  classes: () => [
    studio.classes.key(),
    studio.images.counts.key(),
    studio.labels.key(),
    studio.training.recommend.key(),
  ],
  splits: () => [studio.training.recommend.key()],
  runs: () => [studio.training.runs.key(), studio.training.results.key(), studio.training.recommend.key()],
  jobs: () => [studio.training.jobs.key()],
  settings: () => [studio.system.settings.key(), studio.computing.state.key()],
  computing: () => [studio.computing.state.key(), studio.training.estimate.key()],
} as const satisfies Record<ChangeTopic, () => readonly unknown[]>;

/** Throws away what the page knew about the topics, so that what is on screen is asked again. */
export function invalidate(queries: QueryClient, topics: readonly ChangeTopic[]): Promise<void> {
  return refresh(
    queries,
    topics.flatMap((topic) => [...changed[topic]()]),
  );
}

/**
 * Follows the engine's events until aborted, and again after every restart of the engine; the first event of a
 * restarted one is marked, since it tells what became of the open project.
 */
export async function followEvents(
  signal: AbortSignal,
  onEvent: (event: StudioEvent, isFirstOfRestarted: boolean) => void,
): Promise<void> {
  let connections = 0;
  while (!signal.aborted) {
    const connection = await bridge.connection();
    connections += 1;
    let isFirst = true;
    try {
      for await (const event of await client.system.events(undefined, { signal })) {
        onEvent(event, isFirst && connections > 1);
        isFirst = false;
      }
    } catch {
      // The stream ends with its connection; the next turn waits for the next one.
    }
    if (signal.aborted) return;
    // Without this an engine that refuses the stream at once would be asked in a tight loop.
    await Promise.race([connection.closed, new Promise((resolve) => setTimeout(resolve, 1000))]);
  }
}
