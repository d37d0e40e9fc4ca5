import { type ActionId, actionSpec } from './catalogue.ts';
import { type Chord, type KeyPress, matchesChord, parseChord } from './keys.ts';

/** An action that can be run now, because something on screen stands ready to do it. */
export interface LiveAction {
  readonly id: ActionId;
  /** Several of one kind, such as one per class. */
  readonly variant?: string;
  /** Words for this variant; without them the catalogue's title stands. */
  readonly title?: string;
  /** Keys of this variant; without them all of the catalogue's. */
  readonly chords?: readonly string[];
  readonly run: () => void;
}

interface Entry {
  readonly action: LiveAction;
  readonly chords: readonly Chord[];
}

/** What can be done right now: components add their actions while they are shown; the newest answers a key. */
export class ActionRegistry {
  #entries: readonly Entry[] = [];
  #actions: readonly LiveAction[] = [];
  readonly #listeners = new Set<() => void>();

  /** Adds actions until the returned function is called. */
  add(actions: readonly LiveAction[]): () => void {
    const added: readonly Entry[] = actions.map((action) => ({
      action,
      chords: (action.chords ?? actionSpec(action.id).chords).map(parseChord),
    }));
    this.#set([...this.#entries, ...added]);
    return () => this.#set(this.#entries.filter((entry) => !added.includes(entry)));
  }

  /** The action that a key press means, or `null`. */
  find(press: KeyPress, isMac: boolean, inField: boolean): LiveAction | null {
    const entry = this.#entries.findLast(
      (candidate) =>
        (!inField || actionSpec(candidate.action.id).everywhere === true) &&
        candidate.chords.some((chord) => matchesChord(chord, press, isMac)),
    );
    return entry?.action ?? null;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What can be run now, newest first, each id and variant once. */
  readonly actions = (): readonly LiveAction[] => this.#actions;

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    const seen = new Set<string>();
    this.#actions = entries
      .map((entry) => entry.action)
      .reverse()
      .filter((action) => {
        const key = `${action.id}/${action.variant ?? ''}`;
        return !seen.has(key) && seen.add(key);
      });
    for (const listener of this.#listeners) listener();
  }
}
