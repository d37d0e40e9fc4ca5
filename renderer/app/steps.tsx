import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LabelOutcome } from '../../shared/contract/images.ts';
import { client, failureOf, newCommandId, studio } from '../api/index.ts';
import { useActions } from './actions/index.ts';
import { showFailure } from './notices.tsx';

/** What the last step was and whether it was done, taken back or done again. */
export interface LastStep {
  readonly kind: 'done' | 'undone' | 'redone';
  readonly outcome: LabelOutcome;
}

interface Steps {
  readonly last: LastStep | null;
  /** Says what a command did, for the status bar and the screen reader. */
  readonly announce: (kind: LastStep['kind'], outcome: LabelOutcome) => void;
  readonly undo: () => void;
  readonly redo: () => void;
}

const Context = createContext<Steps | null>(null);

/** Undo, redo and the words of the last step. */
export function useSteps(): Steps {
  const steps = useContext(Context);
  if (steps === null) throw new Error('useSteps is used outside StepsProvider');
  return steps;
}

/** The last step in words: "12 images labeled rust". */
export function useStepText(): (outcome: LabelOutcome) => string {
  const { t } = useTranslation();
  return useCallback(
    (outcome) =>
      t(`common.step.${outcome.action}` as 'common.step.none', {
        count: outcome.changed,
        name: outcome.className ?? '',
      }),
    [t],
  );
}

/** Offers undo and redo everywhere in a project. */
export function StepsProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [last, setLast] = useState<LastStep | null>(null);
  const announce = useCallback(
    (kind: LastStep['kind'], outcome: LabelOutcome) => {
      setLast({ kind, outcome });
      queries.setQueryData(studio.labels.state.queryKey(), {
        canUndo: outcome.canUndo,
        canRedo: outcome.canRedo,
        savedAt: outcome.savedAt,
      });
    },
    [queries],
  );
  const step = useCallback(
    async (kind: 'undone' | 'redone') => {
      const run = kind === 'undone' ? client.labels.undo : client.labels.redo;
      try {
        announce(kind, await run({ commandId: newCommandId() }));
      } catch (error) {
        const { code } = failureOf(error);
        if (code !== 'NOTHING_TO_UNDO' && code !== 'NOTHING_TO_REDO') showFailure(error);
      }
    },
    [announce],
  );
  const undo = useCallback(() => void step('undone'), [step]);
  const redo = useCallback(() => void step('redone'), [step]);
  useActions([
    { id: 'undo', run: undo },
    { id: 'redo', run: redo },
  ]);
  const value = useMemo(() => ({ last, announce, undo, redo }), [last, announce, undo, redo]);
  return <Context value={value}>{children}</Context>;
}
