/** A port to the engine and a promise that settles when it closes, so that callers can tell a lost call from a slow one. */
export interface Connection {
  readonly port: MessagePort;
  readonly closed: Promise<void>;
}

/** Where the page stands with the engine; the status bar says it. */
export type BridgeState = 'connecting' | 'connected' | 'lost';

/**
 * The only reader of what the preload hands over: one message port, and a new one after each restart of the engine.
 */
export class Bridge {
  #current: Connection | null = null;
  #state: BridgeState = 'connecting';
  readonly #waiting = new Set<(connection: Connection) => void>();
  readonly #listeners = new Set<() => void>();

  constructor(source: Pick<Window, 'addEventListener'>, isTrusted: (event: MessageEvent) => boolean) {
    source.addEventListener('message', (event) => {
      const port = event.ports[0];
      if (port !== undefined && isTrusted(event)) this.#adopt(port);
    });
  }

  get state(): BridgeState {
    return this.#state;
  }

  /** Called on every change of `state`; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The open connection, or the next one that opens. */
  connection(): Promise<Connection> {
    if (this.#current !== null) return Promise.resolve(this.#current);
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #adopt(port: MessagePort): void {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const connection: Connection = { port, closed };
    port.addEventListener('close', () => {
      close();
      if (this.#current === connection) {
        this.#current = null;
        this.#enter('lost');
      }
    });
    port.start();
    // The port of a restarted engine may come before the end of the old one is noticed.
    if (this.#current !== null) this.#enter('lost');
    this.#current = connection;
    for (const resolve of this.#waiting) resolve(connection);
    this.#waiting.clear();
    this.#enter('connected');
  }

  #enter(state: BridgeState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** The bridge of this page: only ports that this very window posted to itself are taken. */
export const bridge = new Bridge(window, (event) => event.source === window);
