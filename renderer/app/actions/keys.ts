/** A key press as the matcher needs it; a `KeyboardEvent` is one. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** A way to press keys, parsed from texts such as `Mod+Shift+Z`, `1`, `Space` or `?`. */
export interface Chord {
  readonly mod: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly key: string;
}

const named: Readonly<Record<string, string>> = { Space: 'Space' };
const isLatinLetter = (text: string): boolean => /^[a-z]$/i.test(text);

/** Reads the text form of a chord; `Mod` is Ctrl, and Command on macOS. */
export function parseChord(text: string): Chord {
  const parts = text === '+' ? ['+'] : text.replace(/\+\+$/, '+Plus').split('+');
  const last = parts.at(-1) ?? '';
  return {
    mod: parts.includes('Mod'),
    shift: parts.includes('Shift'),
    alt: parts.includes('Alt'),
    key: last === 'Plus' ? '+' : last,
  };
}

function matchesSymbol(symbol: string, press: KeyPress): boolean {
  if (symbol === '+') return press.key === '+' || press.key === '=' || press.code === 'NumpadAdd';
  if (symbol === '-') return press.key === '-' || press.code === 'NumpadSubtract';
  return press.key === symbol;
}

/** Letters after Mod follow what is written on the key where the layout is Latin (Ctrl+Z on AZERTY), its place elsewhere. */
function matchesLetter(letter: string, press: KeyPress, mod: boolean): boolean {
  if (mod && isLatinLetter(press.key)) return press.key.toUpperCase() === letter;
  return press.code === `Key${letter}`;
}

/**
 * Whether a press is the chord. Digits and single letters are places on the keyboard, not characters, so that
 * labeling works the same on AZERTY, Cyrillic and Arabic layouts and with an input method active.
 */
export function matchesChord(chord: Chord, press: KeyPress, isMac: boolean): boolean {
  const mod = isMac ? press.metaKey : press.ctrlKey;
  const otherMod = isMac ? press.ctrlKey : press.metaKey;
  if (mod !== chord.mod || otherMod || press.altKey !== chord.alt) return false;
  const isSymbol = chord.key.length === 1 && !/[a-z0-9]/i.test(chord.key);
  if (isSymbol) return matchesSymbol(chord.key, press);
  if (press.shiftKey !== chord.shift) return false;
  if (isLatinLetter(chord.key)) return matchesLetter(chord.key.toUpperCase(), press, chord.mod);
  if (/^[0-9]$/.test(chord.key)) {
    return press.code === `Digit${chord.key}` || press.code === `Numpad${chord.key}`;
  }
  return press.code === (named[chord.key] ?? chord.key) || press.key === chord.key;
}

/** What is printed on the keys, per physical place; from `navigator.keyboard` where the browser has it. */
export type KeyboardLayout = ReadonlyMap<string, string>;

const symbols: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  '-': '−',
};

/** The keys of a chord as they are printed, for tooltips, menus and the shortcut sheet. */
export function chordKeys(chord: Chord, isMac: boolean, layout: KeyboardLayout): readonly string[] {
  const printed = isLatinLetter(chord.key) && !chord.mod ? layout.get(`Key${chord.key.toUpperCase()}`) : null;
  const keys: string[] = [];
  if (chord.mod) keys.push(isMac ? '⌘' : 'Ctrl');
  if (chord.alt) keys.push(isMac ? '⌥' : 'Alt');
  if (chord.shift) keys.push(isMac ? '⇧' : 'Shift');
  keys.push(symbols[chord.key] ?? (printed ?? chord.key).toUpperCase().replace(/^SPACE$/, 'Space'));
  return keys.map((key) => (key.length > 1 && /^[A-Z]+$/.test(key) ? capitalised(key) : key));
}

function capitalised(text: string): string {
  return text.charAt(0) + text.slice(1).toLowerCase();
}
