/** Measures of a grid of equal tiles, in CSS pixels. */
export interface GridGeometry {
  readonly columns: number;
  readonly rows: number;
  /** Height from one row of tiles to the next. */
  readonly rowHeight: number;
}

/** Space between tiles. */
export const gridGap = 4;

/**
 * Lays out `total` tiles of about `wanted` pixels width in `width`; never fewer than one column. A tile's
 * picture has the photos' own aspect, so that wide photos do not lie in tall boxes.
 */
export function gridGeometry(
  width: number,
  wanted: number,
  total: number,
  aspect: number,
  caption: number,
): GridGeometry {
  const columns = Math.max(1, Math.round((width + gridGap) / (wanted + gridGap)));
  const tile = Math.max(1, (width - gridGap * (columns - 1)) / columns);
  return {
    columns,
    rows: Math.ceil(total / columns),
    rowHeight: Math.round(tile / aspect) + caption + gridGap,
  };
}

/** The middle width ÷ height of some photos, kept between 2:3 and 2:1; 4:3 while no size is known. */
export function middleAspect(sizes: readonly { readonly width: number; readonly height: number }[]): number {
  const aspects = sizes
    .filter(({ width, height }) => width > 0 && height > 0)
    .map(({ width, height }) => width / height)
    .sort((a, b) => a - b);
  const middle = aspects[Math.floor(aspects.length / 2)] ?? 4 / 3;
  return Math.min(Math.max(middle, 2 / 3), 2);
}
