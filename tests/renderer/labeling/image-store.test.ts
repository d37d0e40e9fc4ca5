import { describe, expect, it } from 'vitest';
import { ImageStore } from '../../../renderer/features/labeling/image-store.ts';

/** An image element as far as the store uses it, with loading that ends when the test says. */
class Picture {
  src = '';
  decoding = '';
  readonly #done = Promise.withResolvers<void>();
  decode = () => this.#done.promise;
  arrive = async () => {
    this.#done.resolve();
    await Promise.resolve();
    await Promise.resolve();
  };
  break = async () => {
    this.#done.reject(new Error('broken'));
    await Promise.resolve();
    await Promise.resolve();
  };
}

function setup() {
  const made: Picture[] = [];
  const store = new ImageStore(() => {
    const picture = new Picture();
    made.push(picture);
    return picture as unknown as HTMLImageElement;
  });
  const sources = () => made.map(({ src }) => src);
  return { made, store, sources };
}

describe('images around the one that is looked at', () => {
  it('loads the first at once and the others one after another', async () => {
    const { made, store, sources } = setup();
    store.want(['now', 'next', 'previous']);
    expect(sources()).toEqual(['now']);
    await made[0]?.arrive();
    expect(store.get('now')?.state).toBe('ready');
    expect(sources()).toEqual(['now', 'next']);
    await made[1]?.arrive();
    expect(sources()).toEqual(['now', 'next', 'previous']);
  });

  it('never queues up while scrubbing: what is no longer wanted stops', () => {
    const { store, sources } = setup();
    for (let index = 0; index < 50; index += 1) store.want([`${index}`, `${index + 1}`]);
    expect(sources().filter((src) => src !== '')).toEqual(['49']);
  });

  it('keeps what is still wanted and lets the rest go', async () => {
    const { made, store, sources } = setup();
    store.want(['1', '2']);
    await made[0]?.arrive();
    await made[1]?.arrive();
    store.want(['2', '3']);
    expect(store.get('1')).toBeNull();
    expect(store.get('2')?.state).toBe('ready');
    expect(sources()).toEqual(['1', '2', '3']);
  });

  it('says that an image is broken and goes on with the next', async () => {
    const { made, store } = setup();
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    store.want(['bad', 'good']);
    await made[0]?.break();
    expect(store.get('bad')?.state).toBe('failed');
    await made[1]?.arrive();
    expect(store.get('good')?.state).toBe('ready');
    expect(told).toBe(2);
  });
});
