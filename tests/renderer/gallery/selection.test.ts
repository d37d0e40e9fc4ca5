import { describe, expect, it } from 'vitest';
import {
  deselect,
  emptySelection,
  extendTo,
  moveIndex,
  reorder,
  selectAll,
  selectOnly,
  toggle,
} from '../../../renderer/features/gallery/selection.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';

const order = [10, 11, 12, 13, 14, 15, 16].map((id) => id as ImageId);
const chosen = (ids: ReadonlySet<ImageId>) => [...ids].sort((a, b) => a - b);

describe('selection', () => {
  it('starts a range where the last plain or Ctrl click was', () => {
    const clicked = selectOnly(order, 2);
    expect(chosen(extendTo(clicked, order, 4).ids)).toEqual([12, 13, 14]);
    const back = extendTo(extendTo(clicked, order, 4), order, 0);
    expect(chosen(back.ids)).toEqual([10, 11, 12]);
    expect(back.focus).toBe(0);
  });

  it('keeps what was chosen before when a range moves over it and away again', () => {
    const two = toggle(selectOnly(order, 0), order, 3);
    const wide = extendTo(two, order, 5);
    expect(chosen(wide.ids)).toEqual([10, 13, 14, 15]);
    expect(chosen(extendTo(wide, order, 3).ids)).toEqual([10, 13]);
  });

  it('takes an image out on the second Ctrl click', () => {
    const once = toggle(emptySelection, order, 1);
    expect(chosen(toggle(once, order, 1).ids)).toEqual([]);
  });

  it('selects all and nothing without moving the focus', () => {
    const all = selectAll(selectOnly(order, 3), order);
    expect(all.ids.size).toBe(7);
    expect(all.focus).toBe(3);
    expect(deselect(all)).toMatchObject({ focus: 3, ids: new Set() });
  });

  it('follows its images into another order and forgets those that left', () => {
    const before = extendTo(selectOnly(order, 1), order, 3);
    const after = [16, 13, 10, 11].map((id) => id as ImageId);
    const next = reorder(before, order, after);
    expect(chosen(next.ids)).toEqual([11, 13]);
    expect(next.focus).toBe(1);
    expect(reorder(before, order, []).focus).toBe(-1);
  });

  it('ignores places that do not exist', () => {
    expect(selectOnly(order, 99)).toBe(emptySelection);
    const one = selectOnly(order, 1);
    expect(extendTo(one, order, -1)).toBe(one);
    expect(toggle(one, order, 7)).toBe(one);
  });
});

describe('moving in a grid of three columns', () => {
  const grid = { columns: 3, pageRows: 2, total: 8 };
  const from = (index: number, key: Parameters<typeof moveIndex>[0]) => moveIndex(key, index, grid);

  it('goes left, right, up and down and stops at the edges', () => {
    expect(from(0, 'ArrowLeft')).toBe(0);
    expect(from(2, 'ArrowRight')).toBe(3);
    expect(from(1, 'ArrowUp')).toBe(1);
    expect(from(1, 'ArrowDown')).toBe(4);
    expect(from(7, 'ArrowRight')).toBe(7);
    expect(from(6, 'ArrowDown')).toBe(6);
  });

  it('lands on the last image when the last row is short', () => {
    expect(from(5, 'ArrowDown')).toBe(7);
  });

  it('goes to the ends and by pages', () => {
    expect(from(4, 'Home')).toBe(0);
    expect(from(4, 'End')).toBe(7);
    expect(from(0, 'PageDown')).toBe(6);
    expect(from(7, 'PageUp')).toBe(1);
  });

  it('starts at the first image, and nowhere in an empty list', () => {
    expect(from(-1, 'ArrowDown')).toBe(0);
    expect(moveIndex('End', -1, { ...grid, total: 0 })).toBe(-1);
  });
});
