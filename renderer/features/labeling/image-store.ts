/** An image on its way to the screen. */
export interface StoredImage {
  readonly url: string;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly element: HTMLImageElement;
}

/** Makes an image element; a parameter so that the order of loading can be tested without a browser. */
export type MakeImage = () => HTMLImageElement;

/**
 * Decoded images around the one that is looked at. Only what is wanted now is kept: the first url at once, the
 * others after it one by one, everything else is let go, so that scrubbing through a list never queues up.
 */
export class ImageStore {
  readonly #images = new Map<string, StoredImage>();
  readonly #listeners = new Set<() => void>();
  readonly #make: MakeImage;
  #wanted: readonly string[] = [];
  #version = 0;

  constructor(make: MakeImage = () => new Image()) {
    this.#make = make;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly version = (): number => this.#version;

  /** The image of a url as far as it has come, or `null` when nobody wanted it. */
  get(url: string): StoredImage | null {
    return this.#images.get(url) ?? null;
  }

  /** Says which images are needed, the most urgent first. */
  want(urls: readonly string[]): void {
    this.#wanted = urls;
    for (const [url, image] of this.#images) {
      if (urls.includes(url)) continue;
      // An empty source stops the transfer; the element would otherwise finish loading for nobody.
      if (image.state === 'loading') image.element.src = '';
      this.#images.delete(url);
    }
    this.#loadNext();
  }

  /** Lets everything go. */
  dispose(): void {
    this.want([]);
    this.#listeners.clear();
  }

  #loadNext(): void {
    for (const url of this.#wanted) {
      const known = this.#images.get(url);
      if (known?.state === 'loading') return;
      if (known === undefined) {
        this.#load(url);
        return;
      }
    }
  }

  #load(url: string): void {
    const element = this.#make();
    const entry: StoredImage = { url, state: 'loading', element };
    this.#images.set(url, entry);
    const settle = (state: 'ready' | 'failed') => {
      if (this.#images.get(url)?.element !== element) return;
      this.#images.set(url, { url, state, element });
      this.#version += 1;
      for (const listener of this.#listeners) listener();
      this.#loadNext();
    };
    element.decoding = 'async';
    element.src = url;
    element.decode().then(
      () => settle('ready'),
      () => settle('failed'),
    );
  }
}
