/**
 * A projective map of the plane, row-major 3×3. Maps of views lead from a pixel of the view to where its colour
 * comes from in the picture, in continuous coordinates: a picture of width w spans 0…w, its first pixel's centre
 * is 0.5. Composing them and sampling once loses less than one sampling after another, and costs one.
 */
export type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The map that applies `second` to what `first` gives. */
export function compose(first: Matrix, second: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = second;
  const [j, k, l, m, n, o, p, q, r] = first;
  return [
    a * j + b * m + c * p,
    a * k + b * n + c * q,
    a * l + b * o + c * r,
    d * j + e * m + f * p,
    d * k + e * n + f * q,
    d * l + e * o + f * r,
    g * j + h * m + i * p,
    g * k + h * n + i * q,
    g * l + h * o + i * r,
  ];
}

/** The picture mirrored left–right, top–bottom or both. */
export function flip(size: Size, horizontal: boolean, vertical: boolean): Matrix {
  return [
    horizontal ? -1 : 1,
    0,
    horizontal ? size.width : 0,
    0,
    vertical ? -1 : 1,
    vertical ? size.height : 0,
    0,
    0,
    1,
  ];
}

/** A square picture turned by 90° anticlockwise: its top right corner becomes the top left one. */
export function quarterTurn({ width }: Size): Matrix {
  return [0, -1, width, 1, 0, 0, 0, 0, 1];
}

/** What turns and resizes a picture about its centre, then moves it. Neutral: 0, 1, 0, 0. */
export interface AffineParts {
  /** Degrees anticlockwise, as PIL's `rotate` counts. */
  readonly angle: number;
  /** Size of what is shown ÷ size before. */
  readonly scale: number;
  /** Movement to the right and downwards, pixels. */
  readonly moveX: number;
  readonly moveY: number;
}

/** The map of {@link AffineParts}: from the view back to the picture, undoing movement, turn and scale. */
export function affine({ width, height }: Size, parts: AffineParts): Matrix {
  const [centreX, centreY] = [width / 2, height / 2];
  const radians = (parts.angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians) / parts.scale, Math.sin(radians) / parts.scale];
  const toCentre: Matrix = [1, 0, -centreX - parts.moveX, 0, 1, -centreY - parts.moveY, 0, 0, 1];
  const turn: Matrix = [cos, -sin, centreX, sin, cos, centreY, 0, 0, 1];
  return compose(toCentre, turn);
}

/** A window of the picture, enlarged to its full size. `left`, `top`, `width`, `height` in pixels, fractions too. */
export function crop(
  size: Size,
  window: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): Matrix {
  return [window.width / size.width, 0, window.left, 0, window.height / size.height, window.top, 0, 0, 1];
}

type Point = readonly [number, number];

/**
 * The picture drawn into a quadrilateral: its corners (top left, top right, bottom right, bottom left) come to lie
 * on `corners`, in pixels. The corners must form a convex quadrilateral in this order.
 */
export function perspective(size: Size, corners: readonly [Point, Point, Point, Point]): Matrix {
  // Unit square to quadrilateral (Heckbert 1989, "Fundamentals of texture mapping", section 2.2.3), then back.
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const [dx1, dy1, dx2, dy2] = [x1 - x2, y1 - y2, x3 - x2, y3 - y2];
  const [sx, sy] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  const toCorners: Matrix = [
    x1 - x0 + g * x1,
    x3 - x0 + h * x3,
    x0,
    y1 - y0 + g * y1,
    y3 - y0 + h * y3,
    y0,
    g,
    h,
    1,
  ];
  return compose(inverse(toCorners), [size.width, 0, 0, 0, size.height, 0, 0, 0, 1]);
}

/** The inverse, scaled so that its last number is 1. */
function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const last = a * e - b * d;
  return [
    (e * i - f * h) / last,
    (c * h - b * i) / last,
    (b * f - c * e) / last,
    (f * g - d * i) / last,
    (a * i - c * g) / last,
    (c * d - a * f) / last,
    (d * h - e * g) / last,
    (b * g - a * h) / last,
    1,
  ];
}
