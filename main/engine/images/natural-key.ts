/**
 * A text whose plain byte order is the natural order of the paths it is made from (9 before 10, case and accents
 * ignored, a folder's files together), so that SQLite sorts alike on every system without a collation of its own.
 * Digit runs become `0`, a character that grows with their length, and the digits without leading zeros.
 */
export function naturalKey(path: string): string {
  return folded(path)
    .replaceAll('/', '\u0001')
    .replace(/\d+/g, (digits) => {
      const significant = digits.replace(/^0+(?=\d)/, '');
      return `0${String.fromCharCode(0x100 + significant.length)}${significant}`;
    });
}

/** The text that search looks in: case and accents ignored. */
export function searchKey(text: string): string {
  return folded(text);
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
