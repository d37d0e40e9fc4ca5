import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFolderOpen, IconLeaf, IconPlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../../../shared/contract/project.ts';
import { client } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { useBridgeState, useSession } from '../../app/session.tsx';
import { Mark } from '../../ui/mark.tsx';
import { LanguageControl, ThemeControl } from '../settings/index.ts';
import { NewProjectDialog } from './new-project.tsx';
import { RecentProjects } from './recent-projects.tsx';
import styles from './start.module.css';

function useOpen() {
  const openSample = useMutation({
    mutationFn: () => client.projects.openSample(),
    onError: showFailure,
  });
  const openFolder = useMutation({
    mutationFn: async () => {
      const folder = await client.system.pickFolder({ purpose: 'project' });
      if (folder !== null) await client.projects.open({ grant: folder.id });
    },
    onError: showFailure,
  });
  return { openSample, openFolder };
}

function Actions({ onNew }: { readonly onNew: () => void }) {
  const { t } = useTranslation();
  const { openSample, openFolder } = useOpen();
  return (
    <Stack gap="sm" align="stretch">
      <Button size="md" justify="start" leftSection={<IconPlus size={20} aria-hidden />} onClick={onNew}>
        {t('start.newProject')}
      </Button>
      <Button
        size="md"
        variant="default"
        justify="start"
        leftSection={<IconFolderOpen size={20} aria-hidden />}
        loading={openFolder.isPending}
        onClick={() => openFolder.mutate()}
      >
        {t('start.openProject')}
      </Button>
      <Button
        size="md"
        variant="default"
        justify="start"
        leftSection={<IconLeaf size={20} aria-hidden />}
        loading={openSample.isPending}
        onClick={() => openSample.mutate()}
      >
        {t('start.sample')}
      </Button>
      <Text size="sm" c="dimmed">
        {t('start.sampleWhat')}
      </Text>
    </Stack>
  );
}

/** What is shown while no project is open: the recent ones, the sample, a new one. */
export function StartScreen() {
  const { t } = useTranslation();
  const { dropped } = useSession();
  const bridge = useBridgeState();
  const [isCreating, creating] = useDisclosure(false);
  const [source, setSource] = useState<Grant | null>(null);
  const { open } = creating;
  // A folder dropped here becomes a new project; the import starts from it once the project is there.
  useEffect(() => {
    const folder = dropped[0];
    if (folder === undefined) return;
    setSource(folder);
    open();
  }, [dropped, open]);
  return (
    <div className={styles.screen}>
      <main className={styles.columns}>
        <section className={styles.left}>
          <Group gap="sm" mb="sm">
            <Mark size={44} />
            <Title order={1}>{t('common.appName')}</Title>
          </Group>
          <Text size="md" mb="xl">
            {t('start.claim')} <span className={styles.offline}>{t('start.offline')}</span>
          </Text>
          <Actions onNew={open} />
        </section>
        <RecentProjects />
      </main>
      <footer className={styles.footer}>
        <span role="status" className={styles.engine}>
          {bridge === 'connected' ? '' : t(`common.status.${bridge}`)}
        </span>
        <LanguageControl />
        <ThemeControl />
      </footer>
      <NewProjectDialog
        key={source?.id ?? 'empty'}
        isOpen={isCreating}
        source={source}
        onClose={() => {
          setSource(null);
          creating.close();
        }}
      />
    </div>
  );
}
