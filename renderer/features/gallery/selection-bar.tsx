import { Button, CloseButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { keysOf } from '../../app/actions/index.ts';
import { useProject } from '../../app/session.tsx';
import { Keys } from '../../ui/keys.tsx';
import { ClassMark, useClasses } from '../classes/index.ts';
import styles from './gallery.module.css';
import { useImageList } from './image-list.tsx';
import { deselect } from './selection.ts';
import type { useLabelActions } from './use-labeling.ts';

/** What is chosen and what it can be labeled as, with the keys that do the same. */
export function SelectionBar({ commands }: { readonly commands: ReturnType<typeof useLabelActions> }) {
  const { t } = useTranslation();
  const { task } = useProject();
  const classes = useClasses();
  const { selection, setSelection } = useImageList();
  if (selection.ids.size === 0) return null;
  return (
    <div className={styles.selectionBar} role="toolbar" aria-label={t('images.label')}>
      <strong className={styles.selected}>{t('common.selectedCount', { count: selection.ids.size })}</strong>
      <CloseButton size="sm" aria-label={t('images.deselect')} onClick={() => setSelection(deselect)} />
      {classes.map((imageClass) => (
        <Button
          key={imageClass.id}
          size="compact-sm"
          variant="default"
          leftSection={<ClassMark imageClass={imageClass} />}
          rightSection={imageClass.shortcut === null ? null : <Keys keys={[String(imageClass.shortcut)]} />}
          onClick={() => commands.byClass(imageClass)}
        >
          {imageClass.name}
        </Button>
      ))}
      {task === 'multiLabel' && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          rightSection={<Keys keys={keysOf('labelNothing')} />}
          onClick={commands.nothing}
        >
          {t('images.markNothing')}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        rightSection={<Keys keys={keysOf('clearLabels')} />}
        onClick={commands.clear}
      >
        {t('images.clear')}
      </Button>
    </div>
  );
}
