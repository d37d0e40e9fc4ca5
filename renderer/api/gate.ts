/**
 * Holds back what needs an open project while a restarted engine opens it again, so that a label given in that
 * moment is not refused but written a little later.
 */
export class Gate {
  #waiting: { readonly promise: Promise<void>; readonly open: () => void } | null = null;

  /** From now on calls wait. */
  close(): void {
    if (this.#waiting !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { promise, open: resolve };
  }

  /** Lets everything through that waited, and what comes. */
  open(): void {
    this.#waiting?.open();
    this.#waiting = null;
  }

  /** Settles as soon as the gate is open. */
  async pass(): Promise<void> {
    await this.#waiting?.promise;
  }
}
