/** Ten a second is more than an eye follows and little enough for any channel. */
const DEFAULT_INTERVAL_MS = 100;

/**
 * The present state of something that changes fast, for any number of watchers: who comes late gets it first,
 * who is slow misses steps and never the newest one. State, not a log.
 */
export class Latest<T> {
  readonly #intervalMs: number;
  readonly #waiting = new Set<() => void>();
  #value: T;
  #version = 0;
  #finished = false;

  constructor(value: T, intervalMs = DEFAULT_INTERVAL_MS) {
    this.#value = value;
    this.#intervalMs = intervalMs;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the state; watchers hear of it at their next turn. */
  set(value: T): void {
    this.#value = value;
    this.#version += 1;
    this.#wake();
  }

  /** The state is final: watchers get it once more if they have not seen it, and end. */
  finish(): void {
    this.#finished = true;
    this.#wake();
  }

  /** The state now, then each newer one at most once an interval, until `finish` or the signal. */
  async *watch(signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
    let seen = -1;
    let sentAt = Number.NEGATIVE_INFINITY;
    while (!signal?.aborted) {
      if (seen === this.#version) {
        if (this.#finished) return;
        await this.#next(null, signal);
        continue;
      }
      const early = sentAt + this.#intervalMs - performance.now();
      if (early > 0 && !this.#finished) {
        await this.#next(early, signal);
        continue;
      }
      seen = this.#version;
      sentAt = performance.now();
      yield this.#value;
    }
  }

  /** Resolves after `ms`, at the signal, at the end, and (without `ms`) at the next change. */
  #next(ms: number | null, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(() => done(), ms);
      const wake = () => {
        if (ms === null || this.#finished) done();
      };
      const done = () => {
        if (timer !== null) clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
