import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ImageFilter, ImageRow, imageSort } from '../../../shared/contract/images.ts';
import type { ChangeTopic } from '../../../shared/contract/project.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { client, studio } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { useProject, useSession } from '../../app/session.tsx';
import { RowCache } from './row-cache.ts';
import { emptySelection, type Order, reorder, type Selection, selectOnly } from './selection.ts';

/** How the list is ordered. */
export type ImageSort = (typeof imageSort.options)[number];

/** What the list shows and in which order. */
export interface ListView {
  readonly filter: ImageFilter;
  readonly sort: ImageSort;
  readonly descending: boolean;
}

interface ImageList {
  readonly view: ListView;
  readonly setView: (change: (view: ListView) => ListView) => void;
  /** Ids of the whole list in its order; `null` until they are here. */
  readonly order: Order;
  readonly isLoading: boolean;
  readonly cache: RowCache;
  readonly selection: Selection;
  readonly setSelection: (change: (selection: Selection, order: Order) => Selection) => void;
  /** Chooses an image by its id, now or as soon as the list has it. */
  readonly choose: (id: ImageId) => void;
  /** Labels changed after the list was made, so that some rows may no longer match the filter. */
  readonly isOutdated: boolean;
  /** Makes the list anew. */
  readonly update: () => void;
}

const Context = createContext<ImageList | null>(null);
const everything: ListView = { filter: {}, sort: 'name', descending: false };
const nothing: Order = [];

/** The list of images that Images and Label share: its filter, order, rows and selection. */
export function useImageList(): ImageList {
  const list = useContext(Context);
  if (list === null) throw new Error('useImageList is used outside ImageListProvider');
  return list;
}

/** Renders again when rows arrive or change. */
export function useRows(cache: RowCache): RowCache {
  useSyncExternalStore(cache.subscribe, cache.version);
  return cache;
}

async function fetchRows(ids: readonly ImageId[], signal: AbortSignal): Promise<readonly ImageRow[]> {
  if (ids.length === 0) return [];
  // By id and not by place: labels given in a list filtered by label must not move its rows about.
  const { rows } = await client.images.page(
    { filter: { ids: [...ids] }, sort: 'name', descending: false, offset: 0, limit: ids.length },
    { signal },
  );
  return rows;
}

function useRowCache(order: Order): RowCache {
  const [cache] = useState(() => new RowCache(fetchRows, showFailure));
  // Before the next frame, so that known rows never blink when the order changes.
  useLayoutEffect(() => cache.setOrder(order), [cache, order]);
  return cache;
}

interface Selected {
  readonly order: Order;
  readonly selection: Selection;
  /** To be chosen as soon as a list has it. */
  readonly awaited: ImageId | null;
}

/** The selection carried over to a new order, or the awaited image where it has come. */
function carried(state: Selected, order: Order): Selected {
  const found = state.awaited === null ? -1 : order.indexOf(state.awaited);
  if (found >= 0) return { order, selection: selectOnly(order, found), awaited: null };
  return { ...state, order, selection: reorder(state.selection, state.order, order) };
}

function useSelection(order: Order) {
  const [state, setState] = useState<Selected>({ order, selection: emptySelection, awaited: null });
  const current = state.order === order ? state : carried(state, order);
  if (current !== state) setState(current);
  const setSelection = useCallback((change: (selection: Selection, order: Order) => Selection) => {
    setState((before) => ({ ...before, selection: change(before.selection, before.order) }));
  }, []);
  const choose = useCallback((awaited: ImageId) => {
    setState((before) => carried({ ...before, awaited }, before.order));
  }, []);
  return [current.selection, setSelection, choose] as const;
}

/**
 * Follows what happens to the images. New and removed ones make the list anew; but a list that was filtered or
 * ordered by what has just been changed stays still, and only says that it could be made anew.
 */
function useKeepUp(
  view: ListView,
  cache: RowCache,
  update: () => void,
  setOutdated: (isOutdated: boolean) => void,
): void {
  const { listen } = useSession();
  const { images } = useProject();
  const { state, classId, file, duplicates } = view.filter;
  const byLabel = state !== undefined || classId !== undefined || view.sort === 'state';
  const byFile = file !== undefined || duplicates !== undefined;
  useEffect(
    () =>
      listen((event) => {
        if (event.type === 'opened') {
          // By a restarted engine: what its predecessor still did was not told.
          cache.refresh();
          if (byLabel || byFile) setOutdated(true);
          else update();
        }
        if (event.type !== 'changed') return;
        const touches = (...topics: readonly ChangeTopic[]) =>
          event.topics.some((topic) => topics.includes(topic));
        if (touches('labels', 'thumbnails', 'images', 'classes')) cache.refresh();
        if ((byLabel && touches('labels')) || (byFile && touches('images'))) setOutdated(true);
      }),
    [listen, cache, byLabel, byFile, update, setOutdated],
  );
  const counted = useRef(images);
  useEffect(() => {
    if (counted.current === images) return;
    counted.current = images;
    if (byLabel || byFile) setOutdated(true);
    else update();
  }, [images, byLabel, byFile, update, setOutdated]);
}

/** Keeps the list for as long as a project is open. */
export function ImageListProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [view, setViewState] = useState(everything);
  const [isOutdated, setOutdated] = useState(false);
  const ids = useQuery({
    ...studio.images.ids.queryOptions({ input: view }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const order = ids.data ?? nothing;
  const cache = useRowCache(order);
  const [selection, setSelection, choose] = useSelection(order);
  const update = useCallback(() => {
    setOutdated(false);
    void queries.invalidateQueries({ queryKey: studio.images.ids.key() });
  }, [queries]);
  useKeepUp(view, cache, update, setOutdated);
  const setView = useCallback((change: (view: ListView) => ListView) => {
    setViewState(change);
    setOutdated(false);
  }, []);
  const value = useMemo(
    () => ({
      view,
      setView,
      order,
      isLoading: ids.isPending || ids.isPlaceholderData,
      cache,
      selection,
      setSelection,
      choose,
      isOutdated,
      update,
    }),
    [
      view,
      setView,
      order,
      ids.isPending,
      ids.isPlaceholderData,
      cache,
      selection,
      setSelection,
      choose,
      isOutdated,
      update,
    ],
  );
  return <Context value={value}>{children}</Context>;
}

/** Shows only these images, for instance a cell of a confusion matrix, with the given one or the first chosen. */
export function useShowOnly(): (ids: readonly ImageId[], first?: ImageId) => void {
  const { setView, choose } = useImageList();
  return useCallback(
    (ids, first = ids[0]) => {
      setView(() => ({ ...everything, filter: { ids: [...ids] } }));
      if (first !== undefined) choose(first);
    },
    [setView, choose],
  );
}
