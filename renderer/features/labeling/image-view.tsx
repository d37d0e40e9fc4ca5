import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconGridDots, IconMinus, IconPhotoOff, IconPlus } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageRow } from '../../../shared/contract/images.ts';
import { keysOf, useActions } from '../../app/actions/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { LateLoader } from '../../ui/late-loader.tsx';
import type { StoredImage } from './image-store.ts';
import styles from './labeling.module.css';
import { useViewport } from './use-viewport.ts';
import type { Size, Viewport } from './viewport.ts';

interface ImageViewProps {
  readonly row: ImageRow;
  /** The image itself; `null` while nobody has asked for it. */
  readonly full: StoredImage | null;
  /** Its thumbnail, shown until the image is there. */
  readonly preview: StoredImage | null;
  /** Grey of the surround, 0–255. */
  readonly surround: number;
}

/** Screen pixels an image pixel from which on single pixels are worth seeing; below, a photo only looks jagged. */
const sharpFrom = 3;

function draw(
  canvas: HTMLCanvasElement,
  picture: HTMLImageElement | null,
  image: Size,
  view: Viewport,
  isSharp: boolean,
): void {
  const ratio = window.devicePixelRatio;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  if (picture === null) return;
  context.imageSmoothingEnabled = !(isSharp && view.scale * ratio >= sharpFrom);
  context.imageSmoothingQuality = 'high';
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.drawImage(picture, view.x, view.y, image.width * view.scale, image.height * view.scale);
}

/** Size of the image in its own pixels: as read from the file, or as decoded where that is not known yet. */
function sizeOf(row: ImageRow, full: StoredImage | null): Size | null {
  if (row.width > 0 && row.height > 0) return { width: row.width, height: row.height };
  if (full?.state !== 'ready') return null;
  return { width: full.element.naturalWidth, height: full.element.naturalHeight };
}

/** One image as large as there is room, to look at closely. */
export function ImageView({ row, full, preview, surround }: ImageViewProps) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isSharp, setSharp] = useLocalStorage<boolean>({ key: 'sharp-pixels', defaultValue: true });
  const image = sizeOf(row, full);
  const { ref, view, zoom, fit, actual, drag, step } = useViewport(image);
  useActions([{ id: 'smoothPixels', run: () => setSharp((before) => !before) }]);
  const shown = full?.state === 'ready' ? full : preview?.state === 'ready' ? preview : null;
  useEffect(() => {
    if (canvas.current === null || view === null || image === null) return;
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) draw(canvas.current, shown?.element ?? null, image, view, isSharp);
    });
    return () => cancelAnimationFrame(frame);
  }, [shown, image, view, isSharp]);
  const grey = `rgb(${surround} ${surround} ${surround})`;
  return (
    <div
      ref={ref}
      className={styles.view}
      style={{ background: grey, color: surround > 115 ? '#000' : '#fff' }}
      {...drag}
    >
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={t('labeling.canvas', { name: row.name })}
      />
      {full?.state === 'loading' && shown === null && (
        <div className={styles.overlay}>
          <LateLoader label={t('labeling.loading', { name: row.name })} />
        </div>
      )}
      {full?.state === 'failed' && (
        <div className={styles.overlay}>
          <IconPhotoOff size={48} stroke={1.2} aria-hidden />
          <Text>{t('labeling.broken')}</Text>
        </div>
      )}
      <ZoomBar
        scale={view?.scale ?? 1}
        isSharp={isSharp}
        onSharp={() => setSharp(!isSharp)}
        onZoom={(direction) => zoom(step ** direction)}
        onFit={fit}
        onActual={actual}
      />
    </div>
  );
}

interface ZoomBarProps {
  readonly scale: number;
  readonly isSharp: boolean;
  readonly onSharp: () => void;
  readonly onZoom: (direction: -1 | 1) => void;
  readonly onFit: () => void;
  readonly onActual: () => void;
}

function ZoomBar({ scale, isSharp, onSharp, onZoom, onFit, onActual }: ZoomBarProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const withKey = (text: string, id: Parameters<typeof keysOf>[0]) => `${text}  ${keysOf(id).join(' ')}`;
  const percent = formats.percent(scale * window.devicePixelRatio, scale < 0.1 ? 1 : 0);
  return (
    <Group
      className={styles.zoomBar}
      gap={2}
      wrap="nowrap"
      // The bar lies on the image: pressing its buttons must not drag the image.
      onPointerDown={(event) => event.stopPropagation()}
    >
      <Tooltip label={withKey(t('labeling.zoomOut'), 'zoomOut')}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('labeling.zoomOut')}
          onClick={() => onZoom(-1)}
        >
          <IconMinus size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Text size="xs" className={styles.percent} title={t('labeling.zoom', { percent })}>
        {percent}
      </Text>
      <Tooltip label={withKey(t('labeling.zoomIn'), 'zoomIn')}>
        <ActionIcon variant="subtle" color="gray" aria-label={t('labeling.zoomIn')} onClick={() => onZoom(1)}>
          <IconPlus size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={withKey(t('actions.title.zoomFit'), 'zoomFit')}>
        <button type="button" className={styles.zoomWord} onClick={onFit}>
          {t('labeling.fit')}
        </button>
      </Tooltip>
      <Tooltip label={withKey(t('actions.title.zoomActual'), 'zoomActual')}>
        <button type="button" className={styles.zoomWord} onClick={onActual}>
          {t('labeling.actual')}
        </button>
      </Tooltip>
      <Tooltip label={withKey(t('labeling.sharp'), 'smoothPixels')}>
        <ActionIcon
          variant={isSharp ? 'light' : 'subtle'}
          color={isSharp ? 'leaf' : 'gray'}
          aria-label={t('labeling.sharp')}
          aria-pressed={isSharp}
          onClick={onSharp}
        >
          <IconGridDots size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
