import { Button, Group } from '@mantine/core';
import { IconFolderPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { PrimaryAction } from '../../app/primary-slot.tsx';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { useImporting } from './import-state.tsx';
import styles from './importing.module.css';

/** The primary action of the Images place. */
export function ImportButton() {
  const { t } = useTranslation();
  const { pickFolder, state, show } = useImporting();
  return (
    <PrimaryAction>
      <Button
        leftSection={<IconFolderPlus size={18} aria-hidden />}
        onClick={state.step === 'running' ? () => show(true) : pickFolder}
      >
        {t('images.import')}
      </Button>
    </PrimaryAction>
  );
}

function FolderPicture() {
  return (
    <svg width="168" height="112" viewBox="0 0 168 112" fill="none" aria-hidden="true">
      <g stroke="var(--studio-line)" strokeWidth="2" fill="var(--studio-panel)">
        <rect x="22" y="14" width="52" height="40" rx="4" transform="rotate(-8 48 34)" />
        <rect x="94" y="14" width="52" height="40" rx="4" transform="rotate(8 120 34)" />
      </g>
      <rect
        x="58"
        y="6"
        width="52"
        height="40"
        rx="4"
        fill="var(--mantine-color-body)"
        stroke="var(--mantine-color-dimmed)"
        strokeWidth="2"
      />
      <path
        d="M76 38C76 24 84 16 98 14C99 28 92 38 76 38zM76 38L88 26"
        stroke="var(--studio-accent)"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <path
        d="M20 54h40l8 8h80a6 6 0 0 1 6 6v34a6 6 0 0 1-6 6H20a6 6 0 0 1-6-6V60a6 6 0 0 1 6-6z"
        fill="var(--studio-accent-soft)"
        stroke="var(--studio-accent)"
        strokeWidth="2"
      />
    </svg>
  );
}

/** A project without images: says how they come in. */
export function ImportEmpty() {
  const { t } = useTranslation();
  const { pickFolder, pickFiles } = useImporting();
  return (
    <div className={styles.dropZone}>
      <TeachingEmpty
        picture={<FolderPicture />}
        title={t('images.empty.title')}
        text={t('images.empty.text')}
      >
        <Group mt="sm">
          <Button leftSection={<IconFolderPlus size={18} aria-hidden />} onClick={pickFolder}>
            {t('images.empty.folder')}
          </Button>
          <Button variant="default" onClick={pickFiles}>
            {t('images.empty.files')}
          </Button>
        </Group>
      </TeachingEmpty>
    </div>
  );
}
