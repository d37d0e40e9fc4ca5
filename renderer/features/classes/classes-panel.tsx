import { Text, VisuallyHidden } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageClass } from '../../../shared/contract/images.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';
import { client, newCommandId, studio } from '../../api/index.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { AddClass } from './add-class.tsx';
import { ClassRow } from './class-row.tsx';
import styles from './classes-panel.module.css';
import { moved } from './reorder.ts';
import { useClasses } from './use-classes.ts';

interface ClassesPanelProps {
  /** The class whose row is marked, for instance the one that is filtered by. */
  readonly selected: ReadonlySet<ClassId>;
  /** What a click on a class does. */
  readonly onPick: (imageClass: ImageClass) => void;
  /** What the click means, said by each row's button. */
  readonly pickLabel: (imageClass: ImageClass) => string;
}

function useReorder(classes: readonly ImageClass[]): (from: number, to: number) => void {
  const queries = useQueryClient();
  return (from, to) => {
    const next = moved(classes, from, to);
    if (next.every((imageClass, index) => imageClass.id === classes[index]?.id)) return;
    queries.setQueryData(studio.classes.list.queryKey(), [...next]);
    client.classes
      .reorder({ commandId: newCommandId(), ids: next.map(({ id }) => id) })
      .catch((error: unknown) => {
        void queries.invalidateQueries({ queryKey: studio.classes.list.key() });
        showFailure(error);
      });
  };
}

function useRemove(): (imageClass: ImageClass) => void {
  const { t } = useTranslation();
  return (imageClass) =>
    modals.openConfirmModal({
      title: t('classes.removeTitle', { name: imageClass.name }),
      children: (
        <Text size="sm">
          {imageClass.images === 0
            ? t('classes.removeNone')
            : t('classes.removeText', { count: imageClass.images })}
        </Text>
      ),
      labels: { confirm: t('classes.remove'), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      cancelProps: { 'data-autofocus': true },
      onConfirm: () => {
        client.classes
          .remove({ commandId: newCommandId(), id: imageClass.id })
          .then(() => showNotice(t('classes.removed', { name: imageClass.name })))
          .catch(showFailure);
      },
    });
}

/** The classes: name, colour and shape, key, number of images; made, changed, ordered and removed here. */
export function ClassesPanel({ selected, onPick, pickLabel }: ClassesPanelProps) {
  const { t } = useTranslation();
  const classes = useClasses();
  const reorder = useReorder(classes);
  const remove = useRemove();
  const [dragged, setDragged] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  const move = (from: number, to: number) => {
    const target = Math.min(Math.max(to, 0), classes.length - 1);
    reorder(from, target);
    setSaid(
      t('classes.moved', {
        name: classes[from]?.name ?? '',
        position: target + 1,
        total: classes.length,
      }),
    );
  };
  return (
    <section aria-label={t('classes.title')}>
      {classes.length === 0 && (
        <Text size="sm" c="dimmed" px="sm" pb="sm">
          {t('classes.empty')}
        </Text>
      )}
      <ol className={styles.list} aria-label={t('classes.list')}>
        {classes.map((imageClass, index) => (
          <ClassRow
            key={imageClass.id}
            imageClass={imageClass}
            isSelected={selected.has(imageClass.id)}
            pickLabel={pickLabel(imageClass)}
            onPick={() => onPick(imageClass)}
            onRemove={() => remove(imageClass)}
            onMove={(step) => move(index, index + step)}
            onDragStart={() => setDragged(index)}
            onDropHere={() => {
              if (dragged !== null) move(dragged, index);
              setDragged(null);
            }}
          />
        ))}
      </ol>
      <div className={styles.add}>
        <AddClass />
      </div>
      <VisuallyHidden role="status">{said}</VisuallyHidden>
    </section>
  );
}
