import { TextInput } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageClass } from '../../../shared/contract/images.ts';
import { client, newCommandId } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { Keys } from '../../ui/keys.tsx';
import { ClassMark } from './class-mark.tsx';
import { ClassMenu } from './class-menu.tsx';
import styles from './classes-panel.module.css';

interface ClassRowProps {
  readonly imageClass: ImageClass;
  readonly isSelected: boolean;
  readonly pickLabel: string;
  readonly onPick: () => void;
  readonly onRemove: () => void;
  readonly onMove: (step: -1 | 1) => void;
  readonly onDragStart: () => void;
  readonly onDropHere: () => void;
}

function NameField({ imageClass, close }: { readonly imageClass: ImageClass; readonly close: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(imageClass.name);
  const save = () => {
    close();
    const wanted = name.trim();
    if (wanted === '' || wanted === imageClass.name) return;
    client.classes.update({ commandId: newCommandId(), id: imageClass.id, name: wanted }).catch(showFailure);
  };
  return (
    <TextInput
      size="xs"
      autoFocus
      className={styles.rename}
      aria-label={t('classes.rename', { name: imageClass.name })}
      value={name}
      maxLength={200}
      onChange={(event) => setName(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') save();
        if (event.key === 'Escape') {
          event.preventDefault();
          close();
        }
      }}
    />
  );
}

/** One class in the panel. Alt with an arrow moves it, F2 renames it, Delete removes it. */
export function ClassRow(props: ClassRowProps) {
  const { imageClass, isSelected, pickLabel, onPick, onRemove, onMove } = props;
  const formats = useFormats();
  const [isRenaming, setRenaming] = useState(false);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.altKey && (event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0);
    if (step) onMove(step);
    else if (event.key === 'F2') setRenaming(true);
    else if (event.key === 'Delete') onRemove();
    else return;
    event.preventDefault();
  };
  if (isRenaming) {
    return (
      <li className={styles.row}>
        <ClassMark imageClass={imageClass} size={16} />
        <NameField imageClass={imageClass} close={() => setRenaming(false)} />
      </li>
    );
  }
  return (
    <li
      className={styles.row}
      data-selected={isSelected || undefined}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', imageClass.name);
        props.onDragStart();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={props.onDropHere}
    >
      <button
        type="button"
        className={styles.pick}
        aria-pressed={isSelected}
        title={pickLabel}
        onClick={onPick}
        onDoubleClick={() => setRenaming(true)}
        onKeyDown={onKeyDown}
      >
        <ClassMark imageClass={imageClass} size={16} />
        <span className={styles.name}>{imageClass.name}</span>
        <span className={styles.count}>{formats.number(imageClass.images)}</span>
        <span className={styles.key}>
          {imageClass.shortcut !== null && <Keys keys={[String(imageClass.shortcut)]} />}
        </span>
      </button>
      <ClassMenu
        imageClass={imageClass}
        onRename={() => setRenaming(true)}
        onRemove={onRemove}
        onMove={onMove}
      />
    </li>
  );
}
