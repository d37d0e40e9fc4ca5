import type { ImageId } from '../../../shared/domain/ids.ts';

/**
 * What is selected in a list of images. `focus` is the index the keyboard is on (−1: none), `anchor` where a
 * range starts, `base` what was selected before the range, so that moving its end never loses the rest.
 */
export interface Selection {
  readonly focus: number;
  readonly anchor: number;
  readonly ids: ReadonlySet<ImageId>;
  readonly base: ReadonlySet<ImageId>;
}

/** Images in the order shown. */
export type Order = readonly ImageId[];

const none: ReadonlySet<ImageId> = new Set();

/** Nothing selected, nothing focused. */
export const emptySelection: Selection = { focus: -1, anchor: -1, ids: none, base: none };

/** A plain click or an arrow: this image and no other. */
export function selectOnly(order: Order, index: number): Selection {
  const id = order[index];
  if (id === undefined) return emptySelection;
  return { focus: index, anchor: index, ids: new Set([id]), base: none };
}

/** Ctrl-click or Space: adds the image or takes it out, and makes it the start of the next range. */
export function toggle(selection: Selection, order: Order, index: number): Selection {
  const id = order[index];
  if (id === undefined) return selection;
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { focus: index, anchor: index, ids, base: ids };
}

/** Shift-click or Shift with a moving key: everything from the anchor to here, beside what was there before. */
export function extendTo(selection: Selection, order: Order, index: number): Selection {
  if (order[index] === undefined) return selection;
  const anchor = selection.anchor < 0 ? index : Math.min(selection.anchor, order.length - 1);
  const ids = new Set(selection.base);
  for (let i = Math.min(anchor, index); i <= Math.max(anchor, index); i += 1) {
    const id = order[i];
    if (id !== undefined) ids.add(id);
  }
  return { focus: index, anchor, ids, base: selection.base };
}

/** Everything in the list; the focus stays where it is. */
export function selectAll(selection: Selection, order: Order): Selection {
  const ids = new Set(order);
  return { focus: Math.min(Math.max(selection.focus, 0), order.length - 1), anchor: 0, ids, base: none };
}

/** Nothing selected, the keyboard stays where it was. */
export function deselect(selection: Selection): Selection {
  return { ...emptySelection, focus: selection.focus, anchor: selection.focus };
}

/** Carries a selection over to a new order: images that are still there stay selected, the focus follows its image. */
export function reorder(selection: Selection, before: Order, after: Order): Selection {
  const focused = before[selection.focus];
  const there = new Set(after);
  const kept = new Set([...selection.ids].filter((id) => there.has(id)));
  const found = focused === undefined ? -1 : after.indexOf(focused);
  const focus = found >= 0 ? found : Math.min(selection.focus, after.length - 1);
  return { focus, anchor: focus, ids: kept, base: kept };
}

/** Keys that move the focus in a grid. */
export const moveKeys = [
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
  'Home',
  'End',
  'PageUp',
  'PageDown',
] as const;
export type MoveKey = (typeof moveKeys)[number];

/** Index that a key moves to in a grid of `columns`; a page is `pageRows` rows. Never leaves the list. */
export function moveIndex(
  key: MoveKey,
  index: number,
  grid: { readonly columns: number; readonly pageRows: number; readonly total: number },
): number {
  const last = grid.total - 1;
  if (last < 0) return -1;
  if (index < 0) return key === 'End' ? last : 0;
  const steps: Readonly<Record<MoveKey, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -grid.columns,
    ArrowDown: grid.columns,
    PageUp: -grid.columns * grid.pageRows,
    PageDown: grid.columns * grid.pageRows,
    Home: -index,
    End: last - index,
  };
  const target = index + steps[key];
  // Up from the first row stays; down from the row before a short last row lands on the last image.
  if (key === 'ArrowUp' && target < 0) return index;
  const onLastRow = Math.floor(index / grid.columns) === Math.floor(last / grid.columns);
  if (key === 'ArrowDown' && onLastRow) return index;
  return Math.min(Math.max(target, 0), last);
}
