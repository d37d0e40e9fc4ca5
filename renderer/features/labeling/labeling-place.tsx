import { ActionIcon, Button, Text, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import {
  IconChevronLeft,
  IconChevronRight,
  IconLayoutSidebarRight,
  IconPhotoPlus,
} from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageRow } from '../../../shared/contract/images.ts';
import { client, imageUrl, thumbnailUrl } from '../../api/index.ts';
import { keysOf, useActions } from '../../app/actions/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { useNavigation } from '../../app/navigation.tsx';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { PrimaryAction } from '../../app/primary-slot.tsx';
import { useSettings } from '../../app/use-settings.ts';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { findNextUnlabeled, selectOnly, useImageList, useLabelActions, useRows } from '../gallery/index.ts';
import { FileNotice } from './file-notice.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { ImageStore } from './image-store.ts';
import { ImageView } from './image-view.tsx';
import styles from './labeling.module.css';
import { SidePanel } from './side-panel.tsx';

/** Neighbours that are loaded ahead: the next ones first, since one mostly goes forward. */
const ahead = [1, -1, 2, -2, 3, -3] as const;

function useImages(index: number) {
  const { cache } = useImageList();
  const version = useRows(cache).version();
  const [store] = useState(() => new ImageStore());
  useEffect(() => () => store.dispose(), [store]);
  const row = cache.row(index);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the rows
  useEffect(() => {
    const url = (at: number) => {
      const found = cache.row(at);
      return found === null || found.file === 'missing' ? null : imageUrl(found.id, found.thumbnail);
    };
    const current = cache.row(index);
    const wanted = [
      current === null ? null : thumbnailUrl(current.id, current.thumbnail),
      url(index),
      ...ahead.map((step) => url(index + step)),
    ];
    store.want(wanted.filter((known) => known !== null));
  }, [cache, version, index, store]);
  useSyncExternalStore(store.subscribe, store.version);
  return {
    row,
    full: row === null ? null : store.get(imageUrl(row.id, row.thumbnail)),
    preview: row === null ? null : store.get(thumbnailUrl(row.id, row.thumbnail)),
  };
}

function useMoves(index: number) {
  const { t } = useTranslation();
  const { order, setSelection } = useImageList();
  const go = useCallback(
    (to: number) => setSelection((_, list) => selectOnly(list, Math.min(Math.max(to, 0), list.length - 1))),
    [setSelection],
  );
  const step = useCallback(
    (by: -1 | 1) =>
      setSelection((now, list) => selectOnly(list, Math.min(Math.max(now.focus + by, 0), list.length - 1))),
    [setSelection],
  );
  const nextUnlabeled = () => {
    findNextUnlabeled(order, index)
      .then((found) => (found === null ? showNotice(t('images.noMoreUnlabeled'), 'unlabeled') : go(found)))
      .catch(showFailure);
  };
  useActions([
    { id: 'previousImage', run: () => step(-1) },
    { id: 'nextImage', run: () => step(1) },
    { id: 'nextUnlabeled', run: nextUnlabeled },
  ]);
  return { go, step, nextUnlabeled };
}

function Empty() {
  const { t } = useTranslation();
  const { go } = useNavigation();
  return (
    <TeachingEmpty
      picture={<IconPhotoPlus size={64} stroke={1.1} aria-hidden />}
      title={t('labeling.empty.title')}
      text={t('labeling.empty.text')}
    >
      <Button mt="sm" onClick={() => go('images')}>
        {t('labeling.empty.go')}
      </Button>
    </TeachingEmpty>
  );
}

/** Where one is in the list, and the ways to the neighbours. */
function Position({
  index,
  name,
  onStep,
  onPanel,
}: {
  readonly index: number;
  readonly name: string;
  readonly onStep: (by: -1 | 1) => void;
  readonly onPanel: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { order } = useImageList();
  return (
    <div className={styles.position}>
      <Tooltip label={`${t('labeling.previous')}  ${keysOf('previousImage').join(' ')}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('labeling.previous')}
          disabled={index <= 0}
          onClick={() => onStep(-1)}
        >
          <IconChevronLeft size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Text size="sm" c="dimmed" className={styles.counter}>
        {t('labeling.position', {
          index: formats.number(index + 1),
          total: formats.number(order.length),
        })}
      </Text>
      <Tooltip label={`${t('labeling.next')}  ${keysOf('nextImage').join(' ')}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('labeling.next')}
          disabled={index >= order.length - 1}
          onClick={() => onStep(1)}
        >
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Text size="sm" fw={600} truncate>
        {name}
      </Text>
      <span className={styles.spring} />
      <Tooltip label={`${t('actions.title.togglePanel')}  ${keysOf('togglePanel').join(' ')}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('actions.title.togglePanel')}
          onClick={onPanel}
        >
          <IconLayoutSidebarRight size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function useSurround() {
  const settings = useSettings();
  const [dragged, setDragged] = useState<number | null>(null);
  const save = (surround: number) =>
    void client.system
      .updateSettings({ surround })
      .catch(showFailure)
      .finally(() => setDragged(null));
  return { surround: dragged ?? settings.surround, setDragged, save };
}

function OneImage({ index, row }: { readonly index: number; readonly row: ImageRow }) {
  const { t } = useTranslation();
  const { order } = useImageList();
  const { full, preview } = useImages(index);
  const { go, step, nextUnlabeled } = useMoves(index);
  const { surround, setDragged, save } = useSurround();
  const [advances, setAdvances] = useLocalStorage<boolean>({ key: 'advance', defaultValue: true });
  const [hasPanel, setPanel] = useLocalStorage<boolean>({ key: 'label-panel', defaultValue: true });
  const togglePanel = () => setPanel((before) => !before);
  useActions([{ id: 'togglePanel', run: togglePanel }]);
  const target = useMemo(
    () => ({
      ids: new Set([row.id]),
      rows: [row],
      ...(advances && index < order.length - 1 ? { onLabeled: () => step(1) } : {}),
    }),
    [row, advances, index, order.length, step],
  );
  const commands = useLabelActions(target);
  return (
    <div className={styles.place} data-panel={hasPanel || undefined}>
      <PrimaryAction>
        <Button onClick={nextUnlabeled}>{t('labeling.nextUnlabeled')}</Button>
      </PrimaryAction>
      <div className={styles.main}>
        <Position index={index} name={row.name} onStep={step} onPanel={togglePanel} />
        <FileNotice row={row} />
        <ImageView row={row} full={full} preview={preview} surround={surround} />
        <Filmstrip index={index} onGo={go} />
      </div>
      {hasPanel && (
        <SidePanel
          row={row}
          onPick={commands.byClass}
          advances={advances}
          onAdvances={setAdvances}
          surround={surround}
          onSurround={setDragged}
          onSurroundEnd={save}
        />
      )}
    </div>
  );
}

/** The Label place: one image at a time, as large as the window allows. */
export function LabelingPlace() {
  const { order, cache, selection, setSelection, isLoading } = useImageList();
  const { go } = useNavigation();
  useRows(cache);
  useActions([{ id: 'back', run: () => go('images') }]);
  const index = Math.min(selection.focus, order.length - 1);
  useEffect(() => {
    if (index < 0 && order.length > 0) setSelection((_, list) => selectOnly(list, 0));
    if (index >= 0) cache.show(Math.max(0, index - 8), index + 8);
  }, [index, order.length, cache, setSelection]);
  const row = index < 0 ? null : cache.row(index);
  if (order.length === 0 && !isLoading) return <Empty />;
  if (row === null || row.id !== order[index]) return null;
  return <OneImage index={index} row={row} />;
}
