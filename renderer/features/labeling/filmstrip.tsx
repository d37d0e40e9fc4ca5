import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { thumbnailUrl } from '../../api/index.ts';
import { ClassMark, useClassMap } from '../classes/index.ts';
import { useImageList, useRows } from '../gallery/index.ts';
import styles from './labeling.module.css';

const itemWidth = 88;

/** The images before and after, small, in a row; a click goes there. */
export function Filmstrip({
  index,
  onGo,
}: {
  readonly index: number;
  readonly onGo: (index: number) => void;
}) {
  const { t } = useTranslation();
  const { order, cache } = useImageList();
  useRows(cache);
  const classes = useClassMap();
  const scroller = useRef<HTMLDivElement>(null);
  const strip = useVirtualizer({
    horizontal: true,
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => itemWidth,
    overscan: 3,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another image moves the strip
  useEffect(() => strip.scrollToIndex(index, { align: 'center' }), [index]);
  const first = strip.range?.startIndex ?? index;
  const last = strip.range?.endIndex ?? index;
  useEffect(() => cache.show(Math.min(first, index), Math.max(last, index)), [cache, first, last, index]);
  return (
    <nav ref={scroller} className={styles.filmstrip} aria-label={t('labeling.filmstrip')}>
      <div style={{ width: strip.getTotalSize(), height: '100%', position: 'relative' }}>
        {strip.getVirtualItems().map((item) => {
          const row = cache.row(item.index);
          const found = row?.classIds.flatMap((id) => classes.get(id) ?? []) ?? [];
          return (
            <button
              key={item.key}
              type="button"
              tabIndex={-1}
              className={styles.frame}
              aria-current={item.index === index || undefined}
              aria-label={row?.name ?? String(item.index + 1)}
              style={{ transform: `translateX(${item.start}px)`, width: itemWidth - 4 }}
              onClick={() => onGo(item.index)}
            >
              {row !== null && row.id === order[item.index] && (
                <img src={thumbnailUrl(row.id, row.thumbnail)} alt="" draggable={false} decoding="async" />
              )}
              <span className={styles.frameMarks}>
                {found.map((imageClass) => (
                  <ClassMark key={imageClass.id} imageClass={imageClass} size={12} />
                ))}
              </span>
            </button>
          );
        })}
      </div>
    </nav>
  );
}
