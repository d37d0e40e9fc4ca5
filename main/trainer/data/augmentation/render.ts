import { jpegRoundTrip } from '../../../lib/pixels/index.ts';
import { blur } from './neighbours.ts';
import { addNoiseTo, areAlike } from './noise.ts';
import { applyTone } from './tone.ts';
import type { Rectangle, View } from './view.ts';
import { type Canvas, warpPlanes } from './warp.ts';

/**
 * Writes a view of resized pixels into a batch: uint8 planes [3, height, width] at `offset` of `target`, in the order
 * that the contract states. The same view gives the same bytes every time; `plainView` gives the picture's own.
 */
export async function renderView(
  pixels: Uint8Array,
  canvas: Canvas,
  view: View,
  target: Uint8Array,
  offset: number,
): Promise<void> {
  const area = canvas.width * canvas.height;
  warpPlanes(pixels, canvas, view.warp, target, offset);
  const drawn = target.subarray(offset, offset + 3 * area);
  if (view.tone.length > 0) applyTone(drawn, canvas, view.tone);
  if (view.blur > 0) {
    for (let plane = 0; plane < 3; plane++) {
      blur(drawn.subarray(plane * area, (plane + 1) * area), canvas, view.blur);
    }
  }
  if (view.jpeg !== null) await throughJpeg(drawn, canvas, view.jpeg);
  if (view.noise) addNoiseTo(drawn, view.noise, areAlike(pixels));
  if (view.erased) erase(drawn, canvas, view.erased);
}

async function throughJpeg(planes: Uint8Array, { width, height }: Canvas, quality: number): Promise<void> {
  const area = width * height;
  const image = new Uint8Array(3 * area);
  for (let at = 0; at < area; at++) {
    image[3 * at] = planes[at]!;
    image[3 * at + 1] = planes[area + at]!;
    image[3 * at + 2] = planes[2 * area + at]!;
  }
  const { data } = await jpegRoundTrip({ data: image, width, height }, quality);
  for (let at = 0; at < area; at++) {
    planes[at] = data[3 * at]!;
    planes[area + at] = data[3 * at + 1]!;
    planes[2 * area + at] = data[3 * at + 2]!;
  }
}

function erase(planes: Uint8Array, { width, height, mean }: Canvas, rectangle: Rectangle): void {
  for (let plane = 0; plane < 3; plane++) {
    for (let y = rectangle.top; y < rectangle.top + rectangle.height; y++) {
      const start = (plane * height + y) * width + rectangle.left;
      planes.fill(Math.round(mean[plane]!), start, start + rectangle.width);
    }
  }
}
