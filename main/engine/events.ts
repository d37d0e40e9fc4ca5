import { EventPublisher } from '@orpc/server';
import type { ChangeTopic, StudioEvent } from '../../shared/contract/project.ts';

/** What happens in the engine, for pages that look on. */
export interface EventHub {
  /** Gathered for a tenth of a second, so that a busy import does not make a page redraw itself all the time. */
  readonly publish: (...topics: readonly ChangeTopic[]) => void;
  readonly emit: (event: StudioEvent) => void;
  /** First what is now, then what follows; ends when `signal` is aborted. */
  readonly subscribe: (
    now: () => StudioEvent,
    signal: AbortSignal | undefined,
  ) => AsyncGenerator<StudioEvent, void, void>;
  /** Sends what is gathered and stops the clock. */
  readonly close: () => void;
}

const interval = 100;

/** A hub without subscribers; `changed` events carry numbers that grow by one. */
export function createEvents(): EventHub {
  const publisher = new EventPublisher<{ event: StudioEvent }>({ maxBufferedEvents: 1000 });
  const waiting = new Set<ChangeTopic>();
  let timer: NodeJS.Timeout | null = null;
  let sequence = 0;
  let lastSent = Number.NEGATIVE_INFINITY;

  const send = (): void => {
    timer = null;
    if (waiting.size === 0) return;
    sequence += 1;
    lastSent = performance.now();
    const topics = [...waiting];
    waiting.clear();
    publisher.publish('event', { type: 'changed', sequence, topics });
  };
  return {
    publish: (...topics) => {
      for (const topic of topics) waiting.add(topic);
      // The first change goes out at once: a label must not wait for a clock.
      timer ??= setTimeout(send, Math.max(0, lastSent + interval - performance.now()));
    },
    emit: (event) => publisher.publish('event', event),
    subscribe: async function* (now, signal) {
      // Subscribed before the first event is made, so that nothing falls between the two.
      const following = publisher.subscribe('event', signal === undefined ? {} : { signal });
      try {
        yield now();
        yield* following;
      } catch (error) {
        if (!signal?.aborted) throw error;
      } finally {
        await following.return?.(undefined);
      }
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
      send();
    },
  };
}
