import { describe, expect, it } from 'vitest';
import { gridGeometry, middleAspect } from '../../../renderer/features/gallery/grid-geometry.ts';
import { editForClass, withEdit } from '../../../renderer/features/gallery/label-effect.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';
import { row } from './rows.ts';

const rust = 3 as ClassId;

describe('what a label does to a row', () => {
  it('replaces, adds, takes off and clears', () => {
    expect(withEdit(row(1, [1]), { action: 'set', classId: rust })).toMatchObject({
      classIds: [3],
      state: 'labeled',
    });
    expect(withEdit(row(1, [1]), { action: 'add', classId: rust }).classIds).toEqual([1, 3]);
    expect(withEdit(row(1, [3]), { action: 'add', classId: rust }).classIds).toEqual([3]);
    expect(withEdit(row(1, [3]), { action: 'remove', classId: rust })).toMatchObject({
      classIds: [],
      state: 'unlabeled',
    });
    expect(withEdit(row(1, [3]), { action: 'clear', classId: null }).state).toBe('unlabeled');
    expect(withEdit(row(1, [3]), { action: 'nothing', classId: null })).toMatchObject({
      classIds: [],
      state: 'nothing',
    });
  });

  it('makes a key set one label, and switch one of several', () => {
    expect(editForClass('singleLabel', rust, [row(1, [3])]).action).toBe('set');
    expect(editForClass('multiLabel', rust, [row(1, [3]), row(2)]).action).toBe('add');
    expect(editForClass('multiLabel', rust, [row(1, [3]), row(2, [1, 3])]).action).toBe('remove');
    expect(editForClass('multiLabel', rust, []).action).toBe('add');
  });
});

describe('the grid', () => {
  it('fills the width with tiles near the wanted size, in the photos’ own shape', () => {
    expect(gridGeometry(1000, 160, 250, 2, 26)).toEqual({ columns: 6, rows: 42, rowHeight: 112 });
    expect(gridGeometry(90, 160, 3, 1, 26)).toMatchObject({ columns: 1, rows: 3 });
    expect(gridGeometry(1000, 160, 0, 1, 26).rows).toBe(0);
  });

  it('takes the middle shape and leaves out what is not known', () => {
    const wide = { width: 512, height: 256 };
    expect(middleAspect([wide, wide, { width: 100, height: 100 }])).toBe(2);
    expect(middleAspect([{ width: 0, height: 0 }])).toBeCloseTo(4 / 3);
    expect(middleAspect([{ width: 10_000, height: 10 }])).toBe(2);
    expect(middleAspect([{ width: 10, height: 10_000 }])).toBeCloseTo(2 / 3);
  });
});
