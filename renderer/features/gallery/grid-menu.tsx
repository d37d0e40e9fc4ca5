import { Menu } from '@mantine/core';
import { IconCircleOff, IconMaximize, IconTagOff, IconTrash } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keysOf } from '../../app/actions/index.ts';
import { useProject } from '../../app/session.tsx';
import { Keys } from '../../ui/keys.tsx';
import { ClassMark, useClasses } from '../classes/index.ts';
import styles from './gallery.module.css';
import { useImageList } from './image-list.tsx';
import type { useLabelActions } from './use-labeling.ts';

interface GridMenuProps {
  readonly commands: ReturnType<typeof useLabelActions>;
  readonly onOpen: (index: number) => void;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

function LabelItems({ commands }: Pick<GridMenuProps, 'commands'>) {
  const { t } = useTranslation();
  const { task } = useProject();
  const classes = useClasses();
  return (
    <>
      {classes.length > 0 && <Menu.Label>{t('images.label')}</Menu.Label>}
      {classes.map((imageClass) => (
        <Menu.Item
          key={imageClass.id}
          leftSection={<ClassMark imageClass={imageClass} size={16} />}
          rightSection={imageClass.shortcut === null ? null : <Keys keys={[String(imageClass.shortcut)]} />}
          onClick={() => commands.byClass(imageClass)}
        >
          {imageClass.name}
        </Menu.Item>
      ))}
      {task === 'multiLabel' && (
        <Menu.Item
          leftSection={<IconCircleOff size={16} aria-hidden />}
          rightSection={<Keys keys={keysOf('labelNothing')} />}
          onClick={commands.nothing}
        >
          {t('images.markNothing')}
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconTagOff size={16} aria-hidden />}
        rightSection={<Keys keys={keysOf('clearLabels')} />}
        onClick={commands.clear}
      >
        {t('images.clear')}
      </Menu.Item>
    </>
  );
}

/** The right-click menu of the grid, at the pointer. */
export function GridMenu({ commands, onOpen, onRemove, children }: GridMenuProps) {
  const { t } = useTranslation();
  const { selection } = useImageList();
  const [at, setAt] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const own = useRef<HTMLDivElement>(null);
  const close = () => {
    setAt(null);
    own.current?.querySelector<HTMLElement>('[role="listbox"]')?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only catches the right click on its way up from a tile
    <div
      ref={own}
      style={{ height: '100%', minHeight: 0 }}
      onContextMenu={(event) => {
        if (!(event.target instanceof Element) || event.target.closest('[data-index]') === null) return;
        event.preventDefault();
        setAt({ x: event.clientX, y: event.clientY });
      }}
    >
      {children}
      <Menu opened={at !== null} onClose={close} returnFocus={false} position="bottom-start" width="18rem">
        <Menu.Target>
          <button
            type="button"
            tabIndex={-1}
            aria-label={t('common.more')}
            className={styles.menuAnchor}
            style={{ left: at?.x ?? 0, top: at?.y ?? 0 }}
          />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconMaximize size={16} aria-hidden />}
            rightSection={<Keys keys={keysOf('openImage')} />}
            onClick={() => onOpen(selection.focus)}
          >
            {t('images.open')}
          </Menu.Item>
          <LabelItems commands={commands} />
          <Menu.Divider />
          <Menu.Item
            c="var(--studio-danger)"
            leftSection={<IconTrash size={16} aria-hidden />}
            rightSection={<Keys keys={keysOf('removeImages')} />}
            onClick={onRemove}
          >
            {t('images.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
