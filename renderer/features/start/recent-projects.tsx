import { ActionIcon, Badge, Menu, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconDots, IconHistory, IconListCheck, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecentProject } from '../../../shared/contract/project.ts';
import { client, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import styles from './start.module.css';

function ProjectRow({
  project,
  onRestore,
}: {
  readonly project: RecentProject;
  readonly onRestore: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const queries = useQueryClient();
  const open = useMutation({
    mutationFn: () => client.projects.open({ grant: project.grant }),
    onError: (error) => {
      showFailure(error);
      void queries.invalidateQueries({ queryKey: studio.projects.recent.key() });
    },
  });
  const forget = () =>
    void client.projects
      .forget({ grant: project.grant })
      .then(() => queries.invalidateQueries({ queryKey: studio.projects.recent.key() }))
      .catch(showFailure);
  return (
    <li className={styles.project} data-missing={!project.exists || undefined}>
      <button
        type="button"
        className={styles.open}
        disabled={!project.exists || open.isPending}
        onClick={() => open.mutate()}
      >
        <span className={styles.name}>{project.name}</span>
        <span className={styles.facts}>
          {/* Counted when it was last opened or closed: none may be true no longer after a crash, and is not said. */}
          {project.images > 0 && `${t('common.imageCount', { count: project.images })} · `}
          {t('start.opened', { when: formats.ago(project.openedAt, Date.now()) })}
        </span>
        <span className={styles.location}>{project.location}</span>
      </button>
      {!project.exists && (
        <Tooltip label={t('start.missingWhy')}>
          <Badge color="yellow" variant="light" tt="none">
            {t('start.missing')}
          </Badge>
        </Tooltip>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('start.menu', { name: project.name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconHistory size={16} aria-hidden />}
            disabled={!project.exists}
            onClick={onRestore}
          >
            {t('start.backups')}
          </Menu.Item>
          <Menu.Item leftSection={<IconX size={16} aria-hidden />} onClick={forget}>
            {t('start.forget')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

function NoProjects() {
  const { t } = useTranslation();
  return (
    <Stack align="center" justify="center" ta="center" gap="xs" className={styles.noProjects}>
      <IconListCheck size={40} stroke={1.2} aria-hidden />
      <Text fw={600}>{t('start.recentEmptyTitle')}</Text>
      <Text size="sm" c="dimmed" maw="22rem">
        {t('start.recentEmpty')}
      </Text>
    </Stack>
  );
}

/** The projects that were open lately, the newest first. */
export function RecentProjects() {
  const { t } = useTranslation();
  const recent = useQuery(studio.projects.recent.queryOptions());
  const [restored, setRestored] = useState<RecentProject | null>(null);
  return (
    <section className={styles.recent} aria-labelledby="recent-projects">
      <Title order={2} id="recent-projects" mb="sm">
        {t('start.recent')}
      </Title>
      {recent.isPending && (
        <Stack gap="sm">
          <Skeleton h="3.5rem" />
          <Skeleton h="3.5rem" />
        </Stack>
      )}
      {recent.data?.length === 0 && <NoProjects />}
      <ul className={styles.projects}>
        {recent.data?.map((project) => (
          <ProjectRow key={project.location} project={project} onRestore={() => setRestored(project)} />
        ))}
      </ul>
      <RestoreDialog project={restored} onClose={() => setRestored(null)} />
    </section>
  );
}
