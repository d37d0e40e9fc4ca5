import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageRow } from '../../../shared/contract/images.ts';
import { isMac, useActions } from '../../app/actions/index.ts';
import { useClassMap } from '../classes/index.ts';
import styles from './grid.module.css';
import { type GridGeometry, gridGap, gridGeometry, middleAspect } from './grid-geometry.ts';
import { useImageList, useRows } from './image-list.tsx';
import {
  deselect,
  extendTo,
  type MoveKey,
  moveIndex,
  moveKeys,
  selectAll,
  selectOnly,
  toggle,
} from './selection.ts';
import { Tile, tileId } from './tile.tsx';

const padding = 8;
const sampledForAspect = 60;

type Grid = Virtualizer<HTMLDivElement, Element>;

/** Caption height follows the person's text size. */
const captionHeight = (): number => {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return 1.625 * rem + 4;
};

function useGeometry(width: number, wanted: number): GridGeometry {
  const { cache, order } = useImageList();
  useRows(cache);
  const sample: ImageRow[] = [];
  for (let index = 0; index < sampledForAspect; index += 1) {
    const row = cache.row(index);
    if (row !== null) sample.push(row);
  }
  const measured = middleAspect(sample);
  // Once known the aspect stays: scrolling away from the first rows must not change the layout.
  const known = useRef(measured);
  if (sample.length > 0) known.current = measured;
  const aspect = known.current;
  return useMemo(
    () => gridGeometry(Math.max(1, width), wanted, order.length, aspect, captionHeight()),
    [width, wanted, order.length, aspect],
  );
}

/** Keys that move and choose; the numbers that label are offered by the place. */
function useGridKeys(geometry: GridGeometry, height: number, onOpen: (index: number) => void): void {
  const { order, selection, setSelection } = useImageList();
  const grid = {
    columns: geometry.columns,
    pageRows: Math.max(1, Math.floor(height / geometry.rowHeight)),
    total: order.length,
  };
  const move = (key: MoveKey, extend: boolean) => {
    const index = moveIndex(key, selection.focus, grid);
    setSelection((now, list) => (extend ? extendTo(now, list, index) : selectOnly(list, index)));
  };
  useActions([
    ...moveKeys.flatMap((key) => [
      { id: 'moveInGrid' as const, variant: key, chords: [key], run: () => move(key, false) },
      {
        id: 'extendInGrid' as const,
        variant: key,
        chords: [`Shift+${key}`],
        run: () => move(key, true),
      },
    ]),
    { id: 'toggleInGrid', run: () => setSelection((now, list) => toggle(now, list, now.focus)) },
    { id: 'selectAll', run: () => setSelection(selectAll) },
    ...(selection.focus >= 0 ? [{ id: 'openImage' as const, run: () => onOpen(selection.focus) }] : []),
    ...(selection.ids.size > 0 ? [{ id: 'back' as const, run: () => setSelection(deselect) }] : []),
  ]);
}

function indexUnder(event: MouseEvent): number | null {
  const tile = event.target instanceof Element ? event.target.closest('[data-index]') : null;
  const index = tile?.getAttribute('data-index');
  return index === null || index === undefined ? null : Number(index);
}

function usePointer(onOpen: (index: number) => void) {
  const { selection, order, setSelection } = useImageList();
  return {
    onClick: (event: MouseEvent) => {
      const index = indexUnder(event);
      if (index === null) return setSelection(deselect);
      const isToggle = isMac ? event.metaKey : event.ctrlKey;
      setSelection((now, list) => {
        if (event.shiftKey) return extendTo(now, list, index);
        return isToggle ? toggle(now, list, index) : selectOnly(list, index);
      });
    },
    onDoubleClick: (event: MouseEvent) => {
      const index = indexUnder(event);
      if (index !== null) onOpen(index);
    },
    // The menu is about what is chosen; on an image outside of it, about that image.
    onContextMenu: (event: MouseEvent) => {
      const index = indexUnder(event);
      const id = index === null ? undefined : order[index];
      if (index !== null && id !== undefined && !selection.ids.has(id)) {
        setSelection((_, list) => selectOnly(list, index));
      }
    },
  };
}

function useFollowFocus(grid: Grid, geometry: GridGeometry): void {
  const { selection, cache } = useImageList();
  const { focus } = selection;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new geometry must be measured again
  useEffect(() => grid.measure(), [grid, geometry]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a move of the focus scrolls, not a new layout of the same
  useEffect(() => {
    if (focus >= 0) grid.scrollToIndex(Math.floor(focus / geometry.columns), { align: 'auto' });
  }, [focus, geometry.columns]);
  const first = grid.range?.startIndex ?? 0;
  const last = grid.range?.endIndex ?? 0;
  useEffect(() => {
    cache.show(first * geometry.columns, (last + 1) * geometry.columns);
  }, [cache, first, last, geometry.columns]);
}

interface ImageGridProps {
  /** Wanted width of a tile in CSS pixels. */
  readonly tileSize: number;
  readonly onOpen: (index: number) => void;
}

/** The grid of thumbnails: only the rows in sight exist, however long the list. */
export function ImageGrid({ tileSize, onOpen }: ImageGridProps) {
  const { t } = useTranslation();
  const { order, cache, selection } = useImageList();
  const classes = useClassMap();
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: sizeRef, width, height } = useElementSize();
  const ref = useMergedRef(scroller, sizeRef);
  const geometry = useGeometry(width, tileSize);
  const grid: Grid = useVirtualizer({
    count: geometry.rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => geometry.rowHeight,
    paddingStart: padding,
    paddingEnd: padding,
    overscan: 2,
  });
  useFollowFocus(grid, geometry);
  useGridKeys(geometry, height, onOpen);
  const pointer = usePointer(onOpen);
  return (
    <div
      ref={ref}
      className={styles.scroller}
      role="listbox"
      aria-multiselectable="true"
      aria-label={t('images.grid')}
      aria-description={t('images.gridHelp')}
      aria-activedescendant={selection.focus >= 0 ? tileId(selection.focus) : undefined}
      tabIndex={0}
      {...pointer}
    >
      <div className={styles.canvas} style={{ height: grid.getTotalSize() }} role="presentation">
        {grid.getVirtualItems().map((item) => (
          <div
            key={item.key}
            role="presentation"
            className={styles.row}
            style={{
              transform: `translateY(${item.start}px)`,
              height: geometry.rowHeight - gridGap,
              gridTemplateColumns: `repeat(${geometry.columns}, minmax(0, 1fr))`,
            }}
          >
            {Array.from({ length: geometry.columns }, (_, column) => {
              const index = item.index * geometry.columns + column;
              const id = order[index];
              if (id === undefined) return null;
              const row = cache.row(index);
              return (
                <Tile
                  key={id}
                  index={index}
                  total={order.length}
                  // The order of this moment and that of the rows may differ for one frame.
                  row={row?.id === id ? row : null}
                  isSelected={selection.ids.has(id)}
                  isFocused={selection.focus === index}
                  classes={classes}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
