/**
 * Twelve colours that stay apart under the three colour-vision deficiencies: Okabe and Ito's (2008) without
 * black, then five darker or paler ones between them. A class keeps its colour for ever, so new classes take
 * the first that no class of the project has.
 */
export const palette: readonly string[] = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#882255',
  '#117733',
  '#aa99ff',
  '#663300',
  '#88ccaa',
];

/** The first colour of the palette not in use; once all are, they come round again. */
export function nextColour(used: readonly string[]): string {
  const uses = (colour: string) => used.filter((other) => other === colour).length;
  const fewest = Math.min(...palette.map(uses));
  return palette.find((colour) => uses(colour) === fewest) ?? '#888888';
}
