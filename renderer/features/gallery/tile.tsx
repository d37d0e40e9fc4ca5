import { Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleOff,
  IconPhotoOff,
  IconPhotoX,
  IconRefreshAlert,
} from '@tabler/icons-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FileState, ImageClass, ImageRow } from '../../../shared/contract/images.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';
import { thumbnailUrl } from '../../api/index.ts';
import { ClassMark } from '../classes/index.ts';
import styles from './grid.module.css';

const fileIcons: Readonly<Record<Exclude<FileState, 'ok'>, typeof IconAlertTriangle>> = {
  changed: IconRefreshAlert,
  missing: IconPhotoX,
  unreadable: IconAlertTriangle,
};

/** Says that a file is not as it was, with a picture and a word. */
export function FileBadge({ file }: { readonly file: Exclude<FileState, 'ok'> }) {
  const { t } = useTranslation();
  const Icon = fileIcons[file];
  return (
    <Tooltip label={t(`images.${file}`)}>
      <span className={styles.badge}>
        <Icon size={16} aria-hidden />
      </span>
    </Tooltip>
  );
}

function Picture({ row }: { readonly row: ImageRow }) {
  const url = thumbnailUrl(row.id, row.thumbnail);
  const [failed, setFailed] = useState('');
  if (row.file === 'missing' || row.file === 'unreadable' || failed === url) {
    return <IconPhotoOff size={32} stroke={1.2} className={styles.noPicture} aria-hidden />;
  }
  return (
    <img
      className={styles.picture}
      src={url}
      alt=""
      draggable={false}
      decoding="async"
      onError={() => setFailed(url)}
    />
  );
}

function Caption({
  row,
  classes,
}: {
  readonly row: ImageRow;
  readonly classes: ReadonlyMap<ClassId, ImageClass>;
}) {
  const { t } = useTranslation();
  if (row.state === 'nothing') {
    return (
      <span className={styles.caption}>
        <IconCircleOff size={14} aria-hidden />
        <span className={styles.words}>{t('images.stateOf.nothing')}</span>
      </span>
    );
  }
  if (row.classIds.length === 0) {
    return (
      <span className={styles.caption} data-unlabeled>
        <span className={styles.words}>{row.name}</span>
      </span>
    );
  }
  const found = row.classIds.flatMap((id) => classes.get(id) ?? []);
  return (
    <span className={styles.caption}>
      {found.map((imageClass) => (
        <ClassMark key={imageClass.id} imageClass={imageClass} />
      ))}
      <span className={styles.words}>{found.map(({ name }) => name).join(', ')}</span>
    </span>
  );
}

interface TileProps {
  readonly row: ImageRow | null;
  readonly index: number;
  readonly total: number;
  readonly isSelected: boolean;
  readonly isFocused: boolean;
  readonly classes: ReadonlyMap<ClassId, ImageClass>;
}

/** Id of the element of a tile, for the grid's active descendant. */
export const tileId = (index: number): string => `tile-${index}`;

/** One image in the grid; renders again only when something about it changed. */
export const Tile = memo(function Tile({ row, index, total, isSelected, isFocused, classes }: TileProps) {
  const { t } = useTranslation();
  const labels = row?.classIds.flatMap((id) => classes.get(id)?.name ?? []).join(', ') ?? '';
  const state = row?.state === 'nothing' ? t('images.stateOf.nothing') : t('images.stateOf.unlabeled');
  const name = row === null ? '' : `${row.name}, ${labels === '' ? state : labels}`;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and names its active tile
    <div
      id={tileId(index)}
      role="option"
      aria-selected={isSelected}
      aria-posinset={index + 1}
      aria-setsize={total}
      aria-label={name}
      title={row?.path}
      data-index={index}
      data-focused={isFocused || undefined}
      className={styles.tile}
    >
      <span className={styles.frame}>
        {row !== null && <Picture row={row} />}
        {row !== null && row.file !== 'ok' && <FileBadge file={row.file} />}
      </span>
      {row === null ? <span className={styles.caption} /> : <Caption row={row} classes={classes} />}
    </div>
  );
});
