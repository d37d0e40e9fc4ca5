import type { ImageRow } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';

/** Fetches the rows from `offset` on. */
export type FetchRows = (offset: number, limit: number, signal: AbortSignal) => Promise<readonly ImageRow[]>;

interface Page {
  rows: readonly ImageRow[] | null;
  stale: boolean;
  request: AbortController | null;
  touched: number;
}

/** Rows a page; small enough to come within a frame or two, large enough for a screen. */
export const pageSize = 120;
const keptPages = 40;

/**
 * The rows of a long list, held in pages: what is looked at is fetched, what has scrolled away is let go, so
 * that memory stays the same however long the list and however often it is scrolled through.
 */
export class RowCache {
  readonly #pages = new Map<number, Page>();
  readonly #listeners = new Set<() => void>();
  readonly #fetch: FetchRows;
  readonly #onError: (error: unknown) => void;
  #clock = 0;
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

  /** Pages held now. */
  get size(): number {
    return this.#pages.size;
  }

  /** The row at an index, or `null` while it is not here. */
  row(index: number): ImageRow | null {
    const page = this.#pages.get(Math.floor(index / pageSize));
    return page?.rows?.[index % pageSize] ?? null;
  }

  /** Says which rows are on screen: theirs and the neighbouring pages are fetched, far requests are dropped. */
  show(first: number, last: number): void {
    this.#shown = [first, last];
    const from = Math.max(0, Math.floor(first / pageSize));
    const to = Math.floor(last / pageSize);
    for (const [number, page] of this.#pages) {
      if (page.request !== null && (number < from - 1 || number > to + 1)) {
        page.request.abort();
        page.request = null;
        page.stale = true;
        if (page.rows === null) this.#pages.delete(number);
      }
    }
    for (let number = from; number <= to; number += 1) this.#need(number);
    this.#evict();
  }

  /** Marks every page as possibly out of date; shown rows stay until the new ones are here. */
  refresh(): void {
    for (const page of this.#pages.values()) page.stale = true;
    this.show(...this.#shown);
  }

  /** Changes rows in place before the engine has answered; the next fetch corrects what was wrong. */
  patch(ids: ReadonlySet<ImageId>, change: (row: ImageRow) => ImageRow): void {
    for (const page of this.#pages.values()) {
      if (page.rows?.some((row) => ids.has(row.id))) {
        page.rows = page.rows.map((row) => (ids.has(row.id) ? change(row) : row));
        // An answer on its way is from before the change and would show the old state for a moment.
        page.request?.abort();
        page.request = null;
        page.stale = true;
      }
    }
    this.#changed();
  }

  /** Stops all requests; the cache is not used afterwards. */
  dispose(): void {
    for (const page of this.#pages.values()) page.request?.abort();
    this.#pages.clear();
    this.#listeners.clear();
  }

  #need(number: number): void {
    const page = this.#pages.get(number) ?? { rows: null, stale: true, request: null, touched: 0 };
    this.#clock += 1;
    page.touched = this.#clock;
    this.#pages.set(number, page);
    if (!page.stale || page.request !== null) return;
    const request = new AbortController();
    page.request = request;
    page.stale = false;
    this.#fetch(number * pageSize, pageSize, request.signal).then(
      (rows) => {
        if (page.request !== request) return;
        page.request = null;
        page.rows = rows;
        this.#changed();
        if (page.stale) this.#need(number);
      },
      (error: unknown) => {
        if (page.request !== request) return;
        page.request = null;
        page.stale = true;
        this.#onError(error);
      },
    );
  }

  #evict(): void {
    if (this.#pages.size <= keptPages) return;
    const oldest = [...this.#pages].sort(([, a], [, b]) => a.touched - b.touched);
    for (const [number, page] of oldest.slice(0, this.#pages.size - keptPages)) {
      page.request?.abort();
      this.#pages.delete(number);
    }
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
