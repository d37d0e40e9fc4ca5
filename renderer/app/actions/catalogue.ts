/** Where an action stands in the palette and on the shortcut sheet. */
export const actionGroups = ['general', 'places', 'labeling', 'selection', 'view', 'project'] as const;
export type ActionGroup = (typeof actionGroups)[number];

interface ActionSpec {
  readonly group: ActionGroup;
  /** Every way to press it; the first is the one shown in tooltips. */
  readonly chords: readonly string[];
  /** Works while a text field has the focus or a dialog is open. */
  readonly everywhere?: true;
}

/**
 * Every action of the studio with its keys: the palette, the shortcut sheet, the tooltips and the key handler
 * all read this one table. Titles are in the language files below `actions`.
 */
export const catalogue = {
  palette: { group: 'general', chords: ['Mod+K'], everywhere: true },
  shortcuts: { group: 'general', chords: ['?', 'F1'] },
  settings: { group: 'general', chords: ['Mod+,'] },
  undo: { group: 'general', chords: ['Mod+Z'] },
  redo: { group: 'general', chords: ['Mod+Shift+Z', 'Mod+Y'] },
  back: { group: 'general', chords: ['Escape'] },
  switchTheme: { group: 'general', chords: [] },
  switchLanguage: { group: 'general', chords: [] },
  goImages: { group: 'places', chords: ['Alt+1'] },
  goLabel: { group: 'places', chords: ['Alt+2'] },
  goTrain: { group: 'places', chords: ['Alt+3'] },
  goResults: { group: 'places', chords: ['Alt+4'] },
  goUse: { group: 'places', chords: ['Alt+5'] },
  labelClass: { group: 'labeling', chords: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  clearLabels: { group: 'labeling', chords: ['0', 'Backspace'] },
  labelNothing: { group: 'labeling', chords: ['N'] },
  nextUnlabeled: { group: 'labeling', chords: ['U'] },
  addClass: { group: 'labeling', chords: ['C'] },
  moveInGrid: { group: 'selection', chords: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] },
  extendInGrid: { group: 'selection', chords: ['Shift+ArrowLeft', 'Shift+ArrowRight'] },
  jumpInGrid: { group: 'selection', chords: ['Home', 'End', 'PageUp', 'PageDown'] },
  toggleInGrid: { group: 'selection', chords: ['Space'] },
  selectAll: { group: 'selection', chords: ['Mod+A'] },
  removeImages: { group: 'selection', chords: ['Delete'] },
  openImage: { group: 'view', chords: ['Enter'] },
  previousImage: { group: 'view', chords: ['ArrowLeft', 'PageUp'] },
  nextImage: { group: 'view', chords: ['ArrowRight', 'PageDown'] },
  zoomIn: { group: 'view', chords: ['+'] },
  zoomOut: { group: 'view', chords: ['-'] },
  zoomFit: { group: 'view', chords: ['F'] },
  zoomActual: { group: 'view', chords: ['Z'] },
  smoothPixels: { group: 'view', chords: ['P'] },
  panImage: { group: 'view', chords: ['Space'] },
  togglePanel: { group: 'view', chords: ['B'] },
  search: { group: 'view', chords: ['Mod+F', '/'] },
  importImages: { group: 'project', chords: ['Mod+I'] },
  updateList: { group: 'view', chords: ['R', 'F5'] },
  closeProject: { group: 'project', chords: ['Mod+W'] },
  recheckFiles: { group: 'project', chords: [] },
  relinkFolder: { group: 'project', chords: [] },
  setGroups: { group: 'project', chords: [] },
} as const satisfies Record<string, ActionSpec>;

/** Name of an action of the studio. */
export type ActionId = keyof typeof catalogue;

/** The table's row of one action, with the optional parts that `as const` hides. */
export function actionSpec(id: ActionId): ActionSpec {
  return catalogue[id];
}
