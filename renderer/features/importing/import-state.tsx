import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type {
  GroupRule,
  ImportProgress,
  ImportReport,
  LabelSource,
} from '../../../shared/contract/images.ts';
import type { Grant } from '../../../shared/contract/project.ts';
import { client, failureOf, newCommandId } from '../../api/index.ts';
import { useActions } from '../../app/actions/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { useSession } from '../../app/session.tsx';

type Progress = Extract<ImportProgress, { readonly type: 'progress' }>;

/** Where an import stands: what would happen, what is happening, what happened. */
export type ImportState =
  | { readonly step: 'none' }
  | { readonly step: 'planning'; readonly source: Grant }
  | { readonly step: 'running'; readonly source: Grant; readonly progress: Progress | null }
  | { readonly step: 'done'; readonly source: Grant; readonly report: ImportReport }
  | { readonly step: 'stopped'; readonly source: Grant };

interface Importing {
  readonly state: ImportState;
  /** The dialog is open; a running import goes on behind a closed one. */
  readonly isShown: boolean;
  readonly show: (isShown: boolean) => void;
  readonly pickFolder: () => void;
  readonly pickFiles: () => void;
  readonly start: (labels: LabelSource, groups: GroupRule) => void;
  readonly stop: () => void;
  readonly finish: () => void;
}

const Context = createContext<Importing | null>(null);
const idle: ImportState = { step: 'none' };

/** The import of this window. */
export function useImporting(): Importing {
  const importing = useContext(Context);
  if (importing === null) throw new Error('useImporting is used outside ImportProvider');
  return importing;
}

/** Runs one import to its end, telling how it stands; what is in when it is stopped stays in. */
async function runImport(
  source: Grant,
  rules: { readonly labels: LabelSource; readonly groups: GroupRule },
  signal: AbortSignal,
  tell: (state: ImportState) => void,
): Promise<void> {
  tell({ step: 'running', source, progress: null });
  try {
    const input = { commandId: newCommandId(), source: source.id, ...rules };
    for await (const event of await client.images.import(input, { signal })) {
      if (event.type === 'progress') tell({ step: 'running', source, progress: event });
      else tell({ step: 'done', source, report: event.report });
    }
  } catch (error) {
    tell({ step: 'stopped', source });
    if (!signal.aborted && failureOf(error).code !== 'CANCELLED') showFailure(error);
  }
}

/** Keeps the one import of the window, started from a dialog, a drop or the palette. */
export function ImportProvider({ children }: { readonly children: ReactNode }) {
  const { dropped, takeDropped } = useSession();
  const [state, setState] = useState<ImportState>(idle);
  const [isShown, show] = useState(false);
  const [waiting, setWaiting] = useState<readonly Grant[]>([]);
  const running = useRef<AbortController | null>(null);
  const plan = useCallback((sources: readonly Grant[]) => {
    const [source, ...rest] = sources;
    setWaiting(rest);
    setState(source === undefined ? idle : { step: 'planning', source });
    show(source !== undefined);
  }, []);
  useEffect(() => {
    if (dropped.length === 0) return;
    // While one import runs, what is dropped waits for its turn.
    if (state.step === 'running') setWaiting((before) => [...before, ...dropped]);
    else plan(dropped);
    takeDropped();
  }, [dropped, takeDropped, plan, state.step]);
  const pick = useCallback(
    (ask: () => Promise<Grant | null>) => {
      if (running.current !== null) return show(true);
      ask()
        .then((grant) => {
          if (grant !== null) plan([grant]);
        })
        .catch(showFailure);
    },
    [plan],
  );
  const pickFolder = useCallback(() => pick(() => client.system.pickFolder({ purpose: 'images' })), [pick]);
  const pickFiles = useCallback(() => pick(() => client.system.pickFiles({ purpose: 'images' })), [pick]);
  useActions([{ id: 'importImages', run: pickFolder }]);
  const source = state.step === 'none' ? null : state.source;
  const start = useCallback(
    (labels: LabelSource, groups: GroupRule) => {
      if (source === null || running.current !== null) return;
      const stop = new AbortController();
      running.current = stop;
      void runImport(source, { labels, groups }, stop.signal, setState).finally(() => {
        running.current = null;
        show(true);
      });
    },
    [source],
  );
  const stop = useCallback(() => running.current?.abort(), []);
  const finish = useCallback(() => plan(waiting), [plan, waiting]);
  useEffect(() => () => running.current?.abort(), []);
  const value = useMemo(
    () => ({ state, isShown, show, pickFolder, pickFiles, start, stop, finish }),
    [state, isShown, pickFolder, pickFiles, start, stop, finish],
  );
  return <Context value={value}>{children}</Context>;
}
