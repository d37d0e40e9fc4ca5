import type { ChangeTopic } from '../../shared/contract/project.ts';

/** Topics whose refresh reads long lists wait longer, so that an import of 100,000 files does not drown the page. */
const pause = (topic: ChangeTopic): number => (topic === 'images' || topic === 'thumbnails' ? 1000 : 150);

/** Timers as a parameter, so that tests need not wait. */
export interface Timers {
  readonly now: () => number;
  readonly later: (run: () => void, milliseconds: number) => void;
}

/** Passes each topic on at once and then at most once a pause; what comes meanwhile is never lost, only joined. */
export class TopicThrottle {
  readonly #last = new Map<ChangeTopic, number>();
  readonly #waiting = new Set<ChangeTopic>();
  readonly #pass: (topics: readonly ChangeTopic[]) => void;
  readonly #timers: Timers;

  constructor(pass: (topics: readonly ChangeTopic[]) => void, timers: Timers) {
    this.#pass = pass;
    this.#timers = timers;
  }

  /** Takes topics that have changed. */
  add(topics: readonly ChangeTopic[]): void {
    const now = this.#timers.now();
    const ready = topics.filter((topic) => now - (this.#last.get(topic) ?? -Infinity) >= pause(topic));
    for (const topic of ready) this.#last.set(topic, now);
    for (const topic of topics) if (!ready.includes(topic)) this.#defer(topic, now);
    if (ready.length > 0) this.#pass(ready);
  }

  #defer(topic: ChangeTopic, now: number): void {
    if (this.#waiting.has(topic)) return;
    this.#waiting.add(topic);
    const wait = (this.#last.get(topic) ?? now) + pause(topic) - now;
    this.#timers.later(() => {
      this.#waiting.delete(topic);
      this.#last.set(topic, this.#timers.now());
      this.#pass([topic]);
    }, wait);
  }
}
