import { useEffect, useRef, useSyncExternalStore } from 'react';
import { type ActionId, actionSpec } from './catalogue.ts';
import { chordKeys, type KeyboardLayout, parseChord } from './keys.ts';
import { ActionRegistry, type LiveAction } from './registry.ts';

/** The one registry of this window. */
const registry = new ActionRegistry();
/** Whether Command takes the place of Ctrl. */
export const isMac = navigator.userAgent.includes('Mac');

let layout: KeyboardLayout = new Map();

interface KeyboardWithLayout {
  readonly getLayoutMap: () => Promise<KeyboardLayout>;
}

/** Asks the browser what is printed on the keys, so that hints name the person's own keyboard. */
export async function readKeyboardLayout(): Promise<void> {
  const keyboard = (navigator as { readonly keyboard?: KeyboardWithLayout }).keyboard;
  if (keyboard !== undefined) layout = await keyboard.getLayoutMap();
}

/** Offers actions while the component is shown; handlers may change freely, keys and titles re-register. */
export function useActions(actions: readonly LiveAction[]): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  const signature = actions
    .map((action) => [action.id, action.variant, action.title, action.chords?.join(' ')].join('|'))
    .join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for everything that is registered
  useEffect(
    () =>
      registry.add(
        latest.current.map((action, index) => ({ ...action, run: () => latest.current[index]?.run() })),
      ),
    [signature],
  );
}

/** Everything that can be run now, for the palette. */
export function useLiveActions(): readonly LiveAction[] {
  return useSyncExternalStore(registry.subscribe, registry.actions);
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'range', 'button'].includes(target.type);
  }
  return target.isContentEditable || target instanceof HTMLTextAreaElement;
}

const layer = '[role="dialog"][aria-modal="true"], [role="menu"]';

/** A dialog or menu has the keys while the focus is in it, or nowhere while it is open; one that fades out has not. */
function hasLayer(): boolean {
  const { activeElement } = document;
  if (activeElement === null || activeElement === document.body) {
    return [...document.querySelectorAll(layer)].some(
      (open) => open.checkVisibility() && getComputedStyle(open).opacity === '1',
    );
  }
  return activeElement.closest(layer) !== null;
}

/** Arrows belong to the slider, the choice or the tabs that have the focus. */
function ownsArrows(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input[type="radio"], input[type="range"], [role="slider"], [role="radiogroup"]') !== null
  );
}

/** Listens for keys once for the whole window and runs the action they mean. */
export function useKeyHandler(): void {
  useEffect(() => {
    // Noted before anyone acts on the press: the Escape that closes a dialog must not go a step back as well.
    let wasLayered = false;
    const onCapture = () => {
      wasLayered = hasLayer();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (event.key.startsWith('Arrow') && ownsArrows(event.target)) return;
      const action = registry.find(event, isMac, isField(event.target) || wasLayered);
      if (action === null) return;
      // Enter and Space on a focused button press the button.
      const isPress = event.code === 'Enter' || event.code === 'Space';
      if (isPress && event.target instanceof HTMLElement && event.target.closest('button, a, [role="tab"]')) {
        return;
      }
      event.preventDefault();
      action.run();
    };
    window.addEventListener('keydown', onCapture, true);
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onCapture, true);
      window.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}

/** The keys of an action as printed on this keyboard; empty where it has none. */
export function keysOf(id: ActionId, chord = actionSpec(id).chords[0]): readonly string[] {
  return chord === undefined ? [] : chordKeys(parseChord(chord), isMac, layout);
}
