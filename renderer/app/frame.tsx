import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconCommand, IconKeyboard, IconSettings } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../ui/mark.tsx';
import { type ActionId, keysOf, useLiveActions } from './actions/index.ts';
import styles from './frame.module.css';
import { places, useNavigation } from './navigation.tsx';
import { PrimarySlot } from './primary-slot.tsx';
import { ProjectMenu } from './project-menu.tsx';
import { useProject } from './session.tsx';
import { StatusBar } from './status-bar.tsx';

function RailButton({ id, icon }: { readonly id: ActionId; readonly icon: ReactNode }) {
  const { t } = useTranslation();
  const action = useLiveActions().find((live) => live.id === id);
  const title = t(`actions.title.${id}`);
  return (
    <Tooltip label={[title, keysOf(id).join(' ')].join('  ')} position="right">
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={title} onClick={action?.run}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

function Rail() {
  const { t } = useTranslation();
  return (
    <aside className={styles.rail} aria-label={t('common.tools')}>
      <span className={styles.mark}>
        <Mark size={26} />
      </span>
      <span className={styles.spring} />
      <Tooltip label={[t('actions.title.palette'), keysOf('palette').join(' ')].join('  ')} position="right">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('actions.title.palette')}
          onClick={spotlight.open}
        >
          <IconCommand size={20} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <RailButton id="shortcuts" icon={<IconKeyboard size={20} aria-hidden />} />
      <RailButton id="settings" icon={<IconSettings size={20} aria-hidden />} />
    </aside>
  );
}

function PlaceTabs() {
  const { t } = useTranslation();
  const { place, go } = useNavigation();
  return (
    <nav className={styles.places} aria-label={t('common.places')}>
      {places.map((name) => (
        <button
          key={name}
          type="button"
          className={styles.place}
          aria-current={name === place ? 'page' : undefined}
          onClick={() => go(name)}
        >
          {t(`common.place.${name}`)}
        </button>
      ))}
    </nav>
  );
}

/** What stays around every place: project, the five places, the primary action, the status line. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const { place } = useNavigation();
  const project = useProject();
  return (
    <div className={styles.frame}>
      <Rail />
      <header className={styles.header}>
        <VisuallyHidden component="h1">{`${project.name}: ${t(`common.place.${place}`)}`}</VisuallyHidden>
        <ProjectMenu />
        <PlaceTabs />
        <PrimarySlot className={styles.primary} />
      </header>
      <main className={styles.content}>{children}</main>
      <StatusBar />
    </div>
  );
}
