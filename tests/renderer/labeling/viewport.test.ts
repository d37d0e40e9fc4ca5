import { describe, expect, it } from 'vitest';
import {
  centred,
  fitted,
  keepInView,
  maximumScale,
  pan,
  resized,
  type Viewport,
  zoomAt,
} from '../../../renderer/features/labeling/viewport.ts';

const image = { width: 4000, height: 2000 };
const screen = { width: 1000, height: 800 };
/** Image point under a screen point. */
const under = (view: Viewport, x: number, y: number) => [
  (x - view.x) / view.scale,
  (y - view.y) / view.scale,
];

describe('the view of an image', () => {
  it('fits the whole image into the middle', () => {
    const view = fitted(image, screen);
    expect(view.scale).toBeCloseTo(968 / 4000);
    expect(under(view, 500, 400).map(Math.round)).toEqual([2000, 1000]);
  });

  it('shows the pixels of a tiny image, no larger than the limit', () => {
    expect(fitted({ width: 2, height: 2 }, screen).scale).toBe(maximumScale);
  });

  it('zooms with the point under the pointer staying under it', () => {
    const view = centred(image, screen, 1);
    const before = under(view, 300, 500);
    const after = under(zoomAt(view, 2.5, { x: 300, y: 500 }, image, screen), 300, 500);
    expect(after[0]).toBeCloseTo(before[0] ?? 0);
    expect(after[1]).toBeCloseTo(before[1] ?? 0);
  });

  it('zooms up to 6400 % and not below a quarter of the fitted size', () => {
    const point = { x: 500, y: 400 };
    let view = fitted(image, screen);
    for (let i = 0; i < 100; i += 1) view = zoomAt(view, 2, point, image, screen);
    expect(view.scale).toBe(64);
    for (let i = 0; i < 100; i += 1) view = zoomAt(view, 0.5, point, image, screen);
    expect(view.scale).toBeCloseTo(968 / 4000 / 4);
  });

  it('cannot be lost by dragging', () => {
    const far = pan(centred(image, screen, 1), 99_999, -99_999, image, screen);
    expect(far.x).toBeLessThan(screen.width);
    expect(far.y + image.height).toBeGreaterThan(0);
    expect(keepInView(far, image, screen)).toEqual(far);
  });

  it('keeps the middle when the window changes', () => {
    const view = centred(image, screen, 1);
    const after = resized(view, screen, { width: 1400, height: 600 }, image);
    expect(under(after, 700, 300)).toEqual(under(view, 500, 400));
  });
});
