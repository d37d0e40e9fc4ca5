import { Button, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { IconPhotoOff } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { client, newCommandId } from '../../api/index.ts';
import { useActions } from '../../app/actions/index.ts';
import { useNavigation } from '../../app/navigation.tsx';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { useProject } from '../../app/session.tsx';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { ImportButton, ImportEmpty } from '../importing/index.ts';
import { FilterPanel } from './filter-panel.tsx';
import styles from './gallery.module.css';
import { GridMenu } from './grid-menu.tsx';
import { ImageGrid } from './image-grid.tsx';
import { useImageList, useRows } from './image-list.tsx';
import { selectOnly } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';
import { Toolbar, tileSizes } from './toolbar.tsx';
import { findNextUnlabeled, useLabelActions } from './use-labeling.ts';

/** The rows of the chosen images as far as they are here; a page's worth is enough to know what a key means. */
function useTarget() {
  const { cache, order, selection } = useImageList();
  const version = useRows(cache).version();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the rows
  return useMemo(() => {
    const rows = [];
    if (selection.ids.size > 0 && selection.ids.size <= 2000) {
      for (let index = 0; index < order.length && rows.length < selection.ids.size; index += 1) {
        const id = order[index];
        const row = id !== undefined && selection.ids.has(id) ? cache.row(index) : null;
        if (row !== null) rows.push(row);
      }
    }
    return { ids: selection.ids, rows };
  }, [cache, order, selection.ids, version]);
}

function useRemove(): () => void {
  const { t } = useTranslation();
  const { selection, update } = useImageList();
  return () => {
    const ids = [...selection.ids];
    if (ids.length === 0) return;
    modals.openConfirmModal({
      title: t('images.removeTitle', { count: ids.length }),
      children: <Text size="sm">{t('images.removeText')}</Text>,
      labels: { confirm: t('common.remove'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      cancelProps: { 'data-autofocus': true },
      onConfirm: () =>
        void client.images.remove({ commandId: newCommandId(), ids }).then(update).catch(showFailure),
    });
  };
}

function useNextUnlabeled(): () => void {
  const { t } = useTranslation();
  const { order, selection, setSelection } = useImageList();
  return () => {
    findNextUnlabeled(order, selection.focus)
      .then((index) => {
        if (index === null) showNotice(t('images.noMoreUnlabeled'), 'unlabeled');
        else setSelection((_, list) => selectOnly(list, index));
      })
      .catch(showFailure);
  };
}

function NoMatch() {
  const { t } = useTranslation();
  const { setView } = useImageList();
  return (
    <TeachingEmpty
      picture={<IconPhotoOff size={48} stroke={1.2} aria-hidden />}
      title={t('images.none.title')}
      text={t('images.none.text')}
    >
      <Button variant="default" onClick={() => setView((view) => ({ ...view, filter: {} }))}>
        {t('images.none.clear')}
      </Button>
    </TeachingEmpty>
  );
}

/** The Images place: what there is, what is labeled, and labeling many at once. */
export function GalleryPlace() {
  const project = useProject();
  const { go } = useNavigation();
  const { order, isLoading, setSelection } = useImageList();
  const [tileSize, setTileSize] = useLocalStorage<number>({
    key: 'tile-size',
    defaultValue: tileSizes.start,
  });
  const [hasPanel, setPanel] = useLocalStorage<boolean>({ key: 'gallery-panel', defaultValue: true });
  const togglePanel = () => setPanel((before) => !before);
  const commands = useLabelActions(useTarget());
  const remove = useRemove();
  useActions([
    { id: 'removeImages', run: remove },
    { id: 'togglePanel', run: togglePanel },
    { id: 'nextUnlabeled', run: useNextUnlabeled() },
  ]);
  const open = (index: number) => {
    setSelection((_, list) => selectOnly(list, index));
    go('label');
  };
  if (project.images === 0 && order.length === 0 && !isLoading) return <ImportEmpty />;
  return (
    <div className={styles.place} data-panel={hasPanel || undefined}>
      <ImportButton />
      {hasPanel && <FilterPanel />}
      <div className={styles.main}>
        <Toolbar tileSize={tileSize} onTileSize={setTileSize} onPanel={togglePanel} />
        <div className={styles.grid}>
          {order.length === 0 && !isLoading ? (
            <NoMatch />
          ) : (
            <GridMenu commands={commands} onOpen={open} onRemove={remove}>
              <ImageGrid tileSize={tileSize} onOpen={open} />
            </GridMenu>
          )}
        </div>
        <SelectionBar commands={commands} />
      </div>
    </div>
  );
}
