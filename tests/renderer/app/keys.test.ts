import { describe, expect, it } from 'vitest';
import { type ActionId, actionSpec, catalogue } from '../../../renderer/app/actions/catalogue.ts';
import { chordKeys, type KeyPress, matchesChord, parseChord } from '../../../renderer/app/actions/keys.ts';
import { ActionRegistry } from '../../../renderer/app/actions/registry.ts';

const press = (key: string, code: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});
const matches = (text: string, pressed: KeyPress, isMac = false) =>
  matchesChord(parseChord(text), pressed, isMac);

describe('keys', () => {
  it('takes digits by their place: US, AZERTY, Arabic, numeric pad', () => {
    expect(matches('1', press('1', 'Digit1'))).toBe(true);
    expect(matches('1', press('&', 'Digit1'))).toBe(true);
    expect(matches('1', press('١', 'Digit1'))).toBe(true);
    expect(matches('1', press('1', 'Numpad1'))).toBe(true);
    expect(matches('1', press('Process', 'Digit1'))).toBe(true);
    expect(matches('1', press('2', 'Digit2'))).toBe(false);
    expect(matches('1', press('!', 'Digit1', { shiftKey: true }))).toBe(false);
    expect(matches('1', press('1', 'Digit1', { ctrlKey: true }))).toBe(false);
  });

  it('takes single letters by their place, letters with Ctrl by what is printed', () => {
    expect(matches('Z', press('w', 'KeyZ'))).toBe(true);
    expect(matches('Mod+Z', press('z', 'KeyW', { ctrlKey: true }))).toBe(true);
    expect(matches('Mod+Z', press('w', 'KeyZ', { ctrlKey: true }))).toBe(false);
    expect(matches('Mod+Z', press('я', 'KeyZ', { ctrlKey: true }))).toBe(true);
    expect(matches('Mod+Shift+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }))).toBe(true);
    expect(matches('Mod+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }))).toBe(false);
  });

  it('uses Command on macOS and never both', () => {
    expect(matches('Mod+K', press('k', 'KeyK', { metaKey: true }), true)).toBe(true);
    expect(matches('Mod+K', press('k', 'KeyK', { ctrlKey: true }), true)).toBe(false);
    expect(matches('Mod+K', press('k', 'KeyK', { metaKey: true, ctrlKey: true }), false)).toBe(false);
  });

  it('takes symbols by what they print, wherever they are', () => {
    expect(matches('?', press('?', 'Slash', { shiftKey: true }))).toBe(true);
    expect(matches('?', press('?', 'Comma', { shiftKey: true }))).toBe(true);
    expect(matches('+', press('=', 'Equal'))).toBe(true);
    expect(matches('+', press('+', 'NumpadAdd'))).toBe(true);
    expect(matches('-', press('-', 'Slash'))).toBe(true);
    expect(matches('Mod+,', press(',', 'Comma', { ctrlKey: true }))).toBe(true);
  });

  it('shows the keys of this keyboard', () => {
    const azerty = new Map([['KeyZ', 'w']]);
    expect(chordKeys(parseChord('Z'), false, azerty)).toEqual(['W']);
    expect(chordKeys(parseChord('Mod+Shift+Z'), false, azerty)).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(chordKeys(parseChord('Mod+K'), true, new Map())).toEqual(['⌘', 'K']);
    expect(chordKeys(parseChord('ArrowLeft'), false, new Map())).toEqual(['←']);
    expect(chordKeys(parseChord('Space'), false, new Map())).toEqual(['Space']);
  });
});

/** Places where actions are offered at the same time; within one of them a chord has one meaning. */
const together: readonly (readonly ActionId[])[] = [
  [
    'moveInGrid',
    'extendInGrid',
    'jumpInGrid',
    'toggleInGrid',
    'selectAll',
    'removeImages',
    'openImage',
    'search',
    'updateList',
  ],
  [
    'previousImage',
    'nextImage',
    'zoomIn',
    'zoomOut',
    'zoomFit',
    'zoomActual',
    'smoothPixels',
    'panImage',
    'togglePanel',
  ],
];
const everywhere = (Object.keys(catalogue) as ActionId[]).filter((id) => !together.flat().includes(id));

describe('the table of actions', () => {
  it.each(together.map((ids, index) => [index, ids] as const))(
    'gives a chord one meaning in place %i',
    (_, ids) => {
      const chords = [...everywhere, ...ids].flatMap((id) => [...actionSpec(id).chords]);
      const repeated = chords.filter((chord, index) => chords.indexOf(chord) !== index);
      expect(repeated).toEqual([]);
    },
  );

  it('answers a key with the newest action that is on screen, and again with the one before', () => {
    const registry = new ActionRegistry();
    const ran: string[] = [];
    registry.add([{ id: 'back', run: () => ran.push('place') }]);
    const remove = registry.add([{ id: 'back', run: () => ran.push('selection') }]);
    registry.find(press('Escape', 'Escape'), false, false)?.run();
    remove();
    registry.find(press('Escape', 'Escape'), false, false)?.run();
    expect(ran).toEqual(['selection', 'place']);
  });

  it('keeps single keys out of text fields, and lets the palette through', () => {
    const registry = new ActionRegistry();
    registry.add([
      { id: 'addClass', run: () => undefined },
      { id: 'palette', run: () => undefined },
    ]);
    expect(registry.find(press('c', 'KeyC'), false, true)).toBeNull();
    expect(registry.find(press('k', 'KeyK', { ctrlKey: true }), false, true)?.id).toBe('palette');
  });

  it('lists an action once, however many offer it', () => {
    const registry = new ActionRegistry();
    registry.add([{ id: 'labelClass', variant: '1', title: 'a', run: () => undefined }]);
    registry.add([
      { id: 'labelClass', variant: '1', title: 'b', run: () => undefined },
      { id: 'labelClass', variant: '2', title: 'c', run: () => undefined },
    ]);
    expect(registry.actions().map(({ title }) => title)).toEqual(['c', 'b']);
  });
});
