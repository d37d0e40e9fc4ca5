import { describe, expect, it } from 'vitest';
import { inHundred } from '../../../renderer/features/results/headline.tsx';

describe('so many of 100, give or take', () => {
  it('rounds the number and never tells the interval narrower than it is', () => {
    expect(inHundred({ value: 0.812, low: 0.759, high: 0.856 })).toEqual({ right: 81, give: 6 });
  });
  it('does not widen an exact half-width by binary fractions', () => {
    expect(inHundred({ value: 0.8, low: 0.75, high: 0.85 })).toEqual({ right: 80, give: 5 });
  });
  it('has no number where nothing is defined', () => {
    expect(inHundred({ value: null, low: null, high: null })).toBeNull();
  });
});
