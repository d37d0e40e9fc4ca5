/** What part of an image is shown: `scale` screen pixels an image pixel, (`x`, `y`) the image's corner on screen. */
export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Width and height, in whatever pixels the place says. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One image pixel is at most 64 screen pixels wide. */
export const maximumScale = 64;
/** Screen pixels that stay free around a fitted image. */
const margin = 16;

/** Largest view of the whole image; never larger than `maximumScale`, so a tiny image shows its pixels. */
export function fitted(image: Size, screen: Size): Viewport {
  const room = {
    width: Math.max(1, screen.width - 2 * margin),
    height: Math.max(1, screen.height - 2 * margin),
  };
  const scale = Math.min(room.width / image.width, room.height / image.height, maximumScale);
  return centred(image, screen, scale);
}

/** The image in the middle of the screen at a scale. */
export function centred(image: Size, screen: Size, scale: number): Viewport {
  return {
    scale,
    x: (screen.width - image.width * scale) / 2,
    y: (screen.height - image.height * scale) / 2,
  };
}

/** Zooms by `factor` with the image point under (`px`, `py`) staying where it is on screen. */
export function zoomAt(
  view: Viewport,
  factor: number,
  point: { readonly x: number; readonly y: number },
  image: Size,
  screen: Size,
): Viewport {
  const smallest = Math.min(fitted(image, screen).scale, 1) / 4;
  const scale = Math.min(Math.max(view.scale * factor, smallest), maximumScale);
  const ratio = scale / view.scale;
  return keepInView(
    { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio },
    image,
    screen,
  );
}

/** Moves the image by screen pixels. */
export function pan(view: Viewport, dx: number, dy: number, image: Size, screen: Size): Viewport {
  return keepInView({ ...view, x: view.x + dx, y: view.y + dy }, image, screen);
}

/** Keeps at least a quarter of the screen, or the whole small image, in sight: an image cannot be lost. */
export function keepInView(view: Viewport, image: Size, screen: Size): Viewport {
  const clamp = (offset: number, length: number, room: number): number => {
    const seen = Math.min(length, room / 4);
    return Math.min(Math.max(offset, seen - length), room - seen);
  };
  return {
    scale: view.scale,
    x: clamp(view.x, image.width * view.scale, screen.width),
    y: clamp(view.y, image.height * view.scale, screen.height),
  };
}

/** The view after the window changed size: what was in the middle stays in the middle. */
export function resized(view: Viewport, before: Size, after: Size, image: Size): Viewport {
  return keepInView(
    { ...view, x: view.x + (after.width - before.width) / 2, y: view.y + (after.height - before.height) / 2 },
    image,
    after,
  );
}
