import { ActionIcon, Button, CloseButton, Select, Slider, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconLayoutSidebar, IconPhoto, IconRefresh, IconSearch } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keysOf, useActions } from '../../app/actions/index.ts';
import styles from './gallery.module.css';
import { type ImageSort, useImageList } from './image-list.tsx';

/** Widths of tiles that the slider runs over, CSS pixels. */
export const tileSizes = { min: 72, max: 480, start: 168 } as const;

function SearchField() {
  const { t } = useTranslation();
  const { view, setView } = useImageList();
  const [text, setText] = useState(view.filter.search ?? '');
  const input = useRef<HTMLInputElement>(null);
  useActions([{ id: 'search', run: () => input.current?.select() }]);
  const apply = (value: string) => {
    const search = value.trim();
    setView((now) => {
      const { search: _before, ...filter } = now.filter;
      return { ...now, filter: search === '' ? filter : { ...filter, search } };
    });
  };
  const applySoon = useDebouncedCallback(apply, 200);
  const change = (value: string) => {
    setText(value);
    applySoon(value);
  };
  const clear = () => {
    applySoon.cancel();
    setText('');
    apply('');
  };
  return (
    <TextInput
      ref={input}
      size="xs"
      className={styles.search}
      value={text}
      maxLength={200}
      aria-label={t('images.search')}
      placeholder={t('images.search')}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        text === '' ? null : <CloseButton size="xs" aria-label={t('images.clearSearch')} onClick={clear} />
      }
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        if (text !== '') clear();
        else event.currentTarget.blur();
      }}
    />
  );
}

/** Search, order, size, and the hint that the list was made before the last labels. */
export function Toolbar({
  tileSize,
  onTileSize,
  onPanel,
}: {
  readonly tileSize: number;
  readonly onTileSize: (size: number) => void;
  /** Folds the filter panel away or brings it back. */
  readonly onPanel: () => void;
}) {
  const { t } = useTranslation();
  const { view, setView, order, isOutdated, update } = useImageList();
  useActions([{ id: 'updateList', run: update }]);
  const sorts: readonly ImageSort[] = ['name', 'added', 'state'];
  return (
    <div className={styles.toolbar}>
      <Tooltip label={`${t('actions.title.togglePanel')}  ${keysOf('togglePanel').join(' ')}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('actions.title.togglePanel')}
          onClick={onPanel}
        >
          <IconLayoutSidebar size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <SearchField />
      <Select
        size="xs"
        w="11rem"
        aria-label={t('images.sort')}
        allowDeselect={false}
        value={view.sort}
        data={sorts.map((value) => ({ value, label: t(`images.sortBy.${value}`) }))}
        onChange={(value) => {
          const sort = sorts.find((known) => known === value);
          if (sort !== undefined) setView((now) => ({ ...now, sort, descending: sort === 'added' }));
        }}
      />
      <span className={styles.total}>{t('common.imageCount', { count: order.length })}</span>
      {isOutdated && (
        <Tooltip label={`${t('images.outdated')} ${keysOf('updateList').join(' ')}`}>
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={update}
          >
            {t('images.update')}
          </Button>
        </Tooltip>
      )}
      <span className={styles.spring} />
      <IconPhoto size={14} aria-hidden />
      <Slider
        w="8rem"
        size="xs"
        label={null}
        min={tileSizes.min}
        max={tileSizes.max}
        step={8}
        value={tileSize}
        onChange={onTileSize}
        thumbLabel={t('images.size')}
      />
      <IconPhoto size={20} aria-hidden />
    </div>
  );
}
