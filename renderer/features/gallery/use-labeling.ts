import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageClass, ImageRow } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { client, newCommandId } from '../../api/index.ts';
import { type LiveAction, useActions } from '../../app/actions/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { useProject } from '../../app/session.tsx';
import { useSteps } from '../../app/steps.tsx';
import { useClasses } from '../classes/index.ts';
import { useImageList } from './image-list.tsx';
import { editForClass, type LabelEdit, withEdit } from './label-effect.ts';

/** Changes labels at once on screen and, through the engine, for good. */
export function useApplyLabels(): (ids: ReadonlySet<ImageId>, edit: LabelEdit) => void {
  const { cache } = useImageList();
  const { announce } = useSteps();
  return useCallback(
    (ids, edit) => {
      if (ids.size === 0) return;
      // Sent before the rows are asked for again, so that the answer already has the label.
      const sent = client.labels.apply({ commandId: newCommandId(), imageIds: [...ids], ...edit });
      cache.patch(ids, (row) => withEdit(row, edit));
      sent
        .then((outcome) => announce('done', outcome))
        .catch((error: unknown) => {
          cache.refresh();
          showFailure(error);
        });
    },
    [cache, announce],
  );
}

/** What the keys and menus label: the chosen images, and their rows as far as they are known. */
export interface LabelTarget {
  readonly ids: ReadonlySet<ImageId>;
  readonly rows: readonly ImageRow[];
  /** Called after a label was given, e.g. to go on to the next image. */
  readonly onLabeled?: () => void;
}

interface LabelCommands {
  readonly byClass: (imageClass: ImageClass) => void;
  readonly clear: () => void;
  readonly nothing: () => void;
}

/** The label commands for a target, offered on the number keys and in the palette. */
export function useLabelActions(target: LabelTarget): LabelCommands {
  const { t } = useTranslation();
  const { task } = useProject();
  const classes = useClasses();
  const apply = useApplyLabels();
  const { ids, rows, onLabeled } = target;
  const commands = useMemo<LabelCommands>(() => {
    const edit = (change: LabelEdit, moves: boolean) => {
      apply(ids, change);
      if (moves) onLabeled?.();
    };
    return {
      byClass: (imageClass) => edit(editForClass(task, imageClass.id, rows), task === 'singleLabel'),
      clear: () => edit({ action: 'clear', classId: null }, false),
      nothing: () => edit({ action: 'nothing', classId: null }, true),
    };
  }, [apply, ids, rows, onLabeled, task]);
  const isActive = ids.size > 0;
  const live: LiveAction[] = isActive
    ? [
        ...classes.map((imageClass) => ({
          id: 'labelClass' as const,
          variant: String(imageClass.id),
          title: t('images.labelAs', { name: imageClass.name }),
          chords: imageClass.shortcut === null ? [] : [String(imageClass.shortcut)],
          run: () => commands.byClass(imageClass),
        })),
        { id: 'clearLabels', run: commands.clear },
        ...(task === 'multiLabel' ? [{ id: 'labelNothing' as const, run: commands.nothing }] : []),
      ]
    : [];
  useActions(live);
  return commands;
}

/** Index of the next unlabeled image after `from`, going round once; `null` where none is left in the list. */
export async function findNextUnlabeled(order: readonly ImageId[], from: number): Promise<number | null> {
  const unlabeled = new Set(
    await client.images.ids({ filter: { state: 'unlabeled' }, sort: 'name', descending: false }),
  );
  for (let step = 1; step <= order.length; step += 1) {
    const index = (from + step) % order.length;
    const id = order[index];
    if (id !== undefined && unlabeled.has(id)) return index;
  }
  return null;
}
