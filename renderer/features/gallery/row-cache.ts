import type { ImageRow } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import type { Order } from './selection.ts';

/** Fetches the rows of some images, in any order; those that are no longer there are left out. */
export type FetchRows = (ids: readonly ImageId[], signal: AbortSignal) => Promise<readonly ImageRow[]>;

interface Known {
  readonly row: ImageRow;
  /** Which refresh it was fetched after; older ones are shown until the new are here. */
  readonly epoch: number;
}

/** Rows a request; small enough to come within a frame or two, large enough for a screen. */
export const pageSize = 120;
/** Rows kept, some forty screens. */
export const keptRows = 5000;

/**
 * The rows of a long list: what is looked at is fetched in pages, what was looked at long ago is let go, so that
 * memory stays the same however long the list and however often it is scrolled through. Rows belong to images,
 * not to places, so that a new order or filter shows at once what is known.
 */
export class RowCache {
  /** The most recently seen last. */
  readonly #rows = new Map<ImageId, Known>();
  readonly #requests = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  readonly #fetch: FetchRows;
  readonly #onError: (error: unknown) => void;
  #order: Order = [];
  #epoch = 0;
  #version = 0;
  #shown: readonly [first: number, last: number] = [0, -1];

  constructor(fetch: FetchRows, onError: (error: unknown) => void) {
    this.#fetch = fetch;
    this.#onError = onError;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Grows with every change, for `useSyncExternalStore`. */
  readonly version = (): number => this.#version;

  /** Rows held now. */
  get size(): number {
    return this.#rows.size;
  }

  /** The row at an index, or `null` while it is not here. */
  row(index: number): ImageRow | null {
    const id = this.#order[index];
    return id === undefined ? null : (this.#rows.get(id)?.row ?? null);
  }

  /** Takes a new order; what is on its way for the old one is dropped. */
  setOrder(order: Order): void {
    if (order === this.#order) return;
    this.#order = order;
    this.#abort(() => true);
    this.#changed();
    this.show(...this.#shown);
  }

  /** Says which rows are on screen: their pages are fetched, requests for pages far away are dropped. */
  show(first: number, last: number): void {
    this.#shown = [first, last];
    const from = Math.max(0, Math.floor(first / pageSize));
    const to = Math.floor(Math.min(last, this.#order.length - 1) / pageSize);
    this.#abort((page) => page < from - 1 || page > to + 1);
    for (let page = from; page <= to; page += 1) this.#need(page);
    this.#letGo();
  }

  /** Asks again for what is on screen, and for the rest when it is looked at. */
  refresh(): void {
    this.#epoch += 1;
    this.show(...this.#shown);
  }

  /** Changes rows before the engine has answered; answers from before the change are not waited for. */
  patch(ids: ReadonlySet<ImageId>, change: (row: ImageRow) => ImageRow): void {
    for (const [id, known] of this.#rows) {
      if (ids.has(id)) this.#rows.set(id, { ...known, row: change(known.row) });
    }
    this.#abort(() => true);
    this.#changed();
    this.show(...this.#shown);
  }

  /** Stops all requests; the cache is not used afterwards. */
  dispose(): void {
    this.#abort(() => true);
    this.#rows.clear();
    this.#listeners.clear();
  }

  #need(page: number): void {
    const ids = this.#order.slice(page * pageSize, (page + 1) * pageSize);
    for (const id of ids) this.#touch(id);
    const isWhole = ids.every((id) => this.#rows.get(id)?.epoch === this.#epoch);
    if (isWhole || this.#requests.has(page)) return;
    const request = new AbortController();
    const epoch = this.#epoch;
    this.#requests.set(page, request);
    this.#fetch(ids, request.signal).then(
      (rows) => {
        if (this.#requests.get(page) !== request) return;
        this.#requests.delete(page);
        for (const row of rows) this.#rows.set(row.id, { row, epoch });
        this.#changed();
        // What changed while the answer was on its way is asked for once more.
        if (epoch !== this.#epoch) this.#need(page);
      },
      (error: unknown) => {
        if (this.#requests.get(page) !== request) return;
        this.#requests.delete(page);
        this.#onError(error);
      },
    );
  }

  #touch(id: ImageId): void {
    const known = this.#rows.get(id);
    if (known === undefined) return;
    this.#rows.delete(id);
    this.#rows.set(id, known);
  }

  #letGo(): void {
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= keptRows) return;
      this.#rows.delete(id);
    }
  }

  #abort(isUnwanted: (page: number) => boolean): void {
    for (const [page, request] of this.#requests) {
      if (!isUnwanted(page)) continue;
      request.abort();
      this.#requests.delete(page);
    }
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
