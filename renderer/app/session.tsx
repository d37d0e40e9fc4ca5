import { partialMatchKey, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Grant, ProjectInfo, StudioEvent } from '../../shared/contract/project.ts';
import {
  asErrorCode,
  type BridgeState,
  bridge,
  client,
  followEvents,
  invalidate,
  projectGate,
  studio,
  TopicThrottle,
} from '../api/index.ts';
import { failureText, showFailure, showNotice } from './notices.tsx';

type Listener = (event: StudioEvent) => void;
type EventHandler = (event: StudioEvent, isFirstOfRestarted: boolean) => void;

interface Session {
  /** The open project; `null` on the start screen, `undefined` until the engine has said. */
  readonly project: ProjectInfo | null | undefined;
  /** Called with every event of the engine; returns the way to stop. */
  readonly listen: (listener: Listener) => () => void;
  /** What was dropped on the window and waits to be imported. */
  readonly dropped: readonly Grant[];
  readonly takeDropped: () => void;
}

const Context = createContext<Session | null>(null);

/** What the engine says about the open project and what happens in it. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error('useSession is used outside SessionProvider');
  return session;
}

/** The open project, for everything that is only shown while one is open. */
export function useProject(): ProjectInfo {
  const { project } = useSession();
  if (project === null || project === undefined) throw new Error('useProject needs an open project');
  return project;
}

/** Whether the engine answers. */
export function useBridgeState(): BridgeState {
  return useSyncExternalStore(bridge.subscribe, () => bridge.state);
}

function useEvents(onEvent: EventHandler): void {
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  useEffect(() => {
    const stop = new AbortController();
    void followEvents(stop.signal, (event, isFirst) => latest.current(event, isFirst));
    return () => stop.abort();
  }, []);
}

/** Opens a project again in a restarted engine, whose grants are new: the recent one of the same place. */
async function reopen(project: ProjectInfo): Promise<void> {
  const recent = await client.projects.recent();
  const same = recent.find(({ location }) => location === project.location);
  if (same === undefined) throw new Error(`“${project.name}” is not among the recent projects`);
  await client.projects.open({ grant: same.grant });
}

/** Follows the engine and keeps what the page knows in step with it. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const current = useQuery(studio.projects.current.queryOptions());
  const [dropped, setDropped] = useState<readonly Grant[]>([]);
  const listeners = useRef(new Set<Listener>());
  const tell = useCallback((event: StudioEvent) => {
    for (const listener of listeners.current) listener(event);
  }, []);
  const throttle = useMemo(
    () =>
      new TopicThrottle(
        (topics) => {
          void invalidate(queries, topics);
          tell({ type: 'changed', sequence: 0, topics: [...topics] });
        },
        { now: () => performance.now(), later: (run, wait) => void setTimeout(run, wait) },
      ),
    [queries, tell],
  );
  const settle = useCallback(
    (project: ProjectInfo | null) => {
      const key = studio.projects.current.queryKey();
      const before = queries.getQueryData(key);
      // Opened again by a restarted engine, its list of images stays as it is until the gallery makes it anew.
      const kept = before != null && before.location === project?.location ? [studio.images.ids.key()] : [];
      queries.setQueryData(key, project);
      projectGate.open();
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => ![key, ...kept].some((known) => partialMatchKey(queryKey, known)),
      });
    },
    [queries],
  );
  useEvents((event, isFirstOfRestarted) => {
    if (event.type === 'changed') return throttle.add(event.topics);
    // The engine ended with a project open: what is on screen stays while the new one opens it again.
    if (event.type === 'closed' && isFirstOfRestarted && current.data) {
      reopen(current.data).catch((error: unknown) => {
        settle(null);
        showFailure(error);
      });
      return;
    }
    if (event.type === 'dropped') setDropped(event.grants);
    if (event.type === 'notice') {
      const code = asErrorCode(event.code);
      if (code !== null) {
        showNotice(failureText({ code, params: event.params, message: '', causeId: null }), event.code);
      }
    }
    if (event.type === 'opened') settle(event.project);
    if (event.type === 'closed') settle(null);
    tell(event);
  });
  const listen = useCallback((listener: Listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  const takeDropped = useCallback(() => setDropped([]), []);
  const project = current.data;
  const value = useMemo(
    () => ({ project, listen, dropped, takeDropped }),
    [project, listen, dropped, takeDropped],
  );
  return <Context value={value}>{children}</Context>;
}
