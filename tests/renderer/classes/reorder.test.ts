import { expect, it } from 'vitest';
import { moved } from '../../../renderer/features/classes/reorder.ts';

const list = ['a', 'b', 'c', 'd'];

it('puts an item where another is, up and down, and never loses one', () => {
  expect(moved(list, 0, 2)).toEqual(['b', 'c', 'a', 'd']);
  expect(moved(list, 3, 0)).toEqual(['d', 'a', 'b', 'c']);
  expect(moved(list, 1, 1)).toEqual(list);
  expect(moved(list, 1, 99)).toEqual(['a', 'c', 'd', 'b']);
  expect(moved(list, 1, -5)).toEqual(['b', 'a', 'c', 'd']);
  expect(moved(list, 9, 0)).toBe(list);
});
