/** Measures of a grid of equal tiles, in CSS pixels. */
export interface GridGeometry {
  readonly columns: number;
  readonly rows: number;
  /** Side of a tile: the rest of the width is shared out, so the grid is flush on both sides. */
  readonly tile: number;
  readonly rowHeight: number;
}

/** Space between tiles. */
export const gridGap = 4;

/** Lays out `total` tiles of about `wanted` pixels in `width`; never fewer than one column. */
export function gridGeometry(width: number, wanted: number, total: number, caption: number): GridGeometry {
  const columns = Math.max(1, Math.round((width + gridGap) / (wanted + gridGap)));
  const tile = Math.max(1, Math.floor((width - gridGap * (columns - 1)) / columns));
  return { columns, rows: Math.ceil(total / columns), tile, rowHeight: tile + caption + gridGap };
}
