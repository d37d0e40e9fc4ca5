import { Alert, Anchor, Badge, Button, Collapse, Group, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ComputingState } from '../../../shared/contract/computing.ts';
import { type ExecutorReport, executorChoice, releaseOf } from '../../../shared/contract/executor.ts';
import { reasonQuote, reasonSentence } from '../../../shared/domain/executor-reasons.ts';
import { client, studio } from '../../api/index.ts';
import { languageOfReasons } from '../../app/language/index.ts';
import { useExecutorRates } from '../../app/language/use-executor-rates.ts';
import { showFailure } from '../../app/notices.tsx';
import styles from './computing-section.module.css';
import { Measurement } from './measurement.tsx';
import { useUpdateSettings } from './preferences.tsx';

/** What trains and runs the networks here: what was found, what is used, and how to get more. */
export function ComputingSection() {
  const { t } = useTranslation();
  const id = useId();
  const state = useQuery(studio.computing.state.queryOptions()).data;
  if (state === undefined) return null;
  const reports = state.executors ?? [];
  const [usable, others] = [reports.filter((each) => each.usable), reports.filter((each) => !each.usable)];
  return (
    <section aria-labelledby={id} className={styles.section}>
      <Stack gap="sm">
        <div>
          <Text id={id} component="h3" fw={600} size="sm">
            {t('computing.title')}
          </Text>
          <Text size="xs" c="dimmed">
            {t('computing.text')}
          </Text>
        </div>
        <Choice state={state} />
        {usable.length > 0 && (
          <ul className={styles.list}>
            {usable.map((each) => (
              <Executor key={each.id} report={each} state={state} />
            ))}
          </ul>
        )}
        {others.length > 0 && <Others reports={others} state={state} />}
        <Measurement state={state} />
        <Threads state={state} />
        <Libraries state={state} />
        <HowTo />
      </Stack>
    </section>
  );
}

function Choice({ state }: { readonly state: ComputingState }) {
  const { t } = useTranslation();
  const update = useUpdateSettings();
  const { choice, decision } = state;
  const known = state.executors ?? [];
  const titleOf = (id: string) => known.find((each) => each.id === id)?.title ?? id;
  // What was chosen stays in the list where it can no longer be used: it must be seen to be changed.
  const offered = known.filter((each) => each.usable || each.id === choice);
  const names = decision && {
    training: titleOf(decision.roles.training),
    forward: titleOf(decision.roles.forward),
  };
  const now =
    names?.training === names?.forward ? ('computing.autoNowOne' as const) : ('computing.autoNow' as const);
  return (
    <div>
      <Select
        label={t('computing.choose')}
        size="sm"
        allowDeselect={false}
        value={choice}
        data={[
          { value: 'auto', label: t('computing.auto') },
          ...offered.map((each) => ({ value: each.id, label: each.title })),
          ...(choice === 'auto' || offered.some((each) => each.id === choice)
            ? []
            : [{ value: choice, label: titleOf(choice) }]),
        ]}
        onChange={(value) => update({ executor: executorChoice.catch('auto').parse(value) })}
      />
      {decision === null ? (
        <Alert color="orange" variant="light" mt="xs" p="xs">
          <Text size="xs">{t('computing.missing', { title: titleOf(choice) })}</Text>
        </Alert>
      ) : (
        <Text size="xs" c="dimmed" mt={4}>
          {choice !== 'auto' || names === null
            ? t('computing.forcedWhy')
            : // What nothing is known of yet has no name to be called by.
              t(state.executors === null ? 'computing.autoFirst' : now, names)}
        </Text>
      )}
    </div>
  );
}

function roleOf(
  id: ExecutorReport['id'],
  { decision }: ComputingState,
): 'used' | 'training' | 'forward' | 'ready' {
  const [forward, training] = [decision?.roles.forward === id, decision?.roles.training === id];
  if (forward && training) return 'used';
  if (training) return 'training';
  return forward ? 'forward' : 'ready';
}

/** A version with the name it belongs to, where it does not say that itself. */
function versionOf(title: string, version: string): string {
  const release = releaseOf(version);
  return /^\d/.test(release) ? `${title} ${release}` : release;
}

function Executor({ report, state }: { readonly report: ExecutorReport; readonly state: ComputingState }) {
  const { t } = useTranslation();
  const ratesOf = useExecutorRates();
  const role = roleOf(report.id, state);
  return (
    <li className={styles.item}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm">{report.title}</Text>
        <Badge size="sm" variant={role === 'ready' ? 'default' : 'light'} tt="none">
          {t(`computing.badge.${role}`)}
        </Badge>
      </Group>
      <Text size="xs">{ratesOf(report)}</Text>
      <Text size="xs" c="dimmed">
        {report.device === null
          ? t('computing.onProcessor')
          : t('computing.onDevice', { device: report.device })}{' '}
        {report.version !== null && versionOf(report.title, report.version)}
      </Text>
    </li>
  );
}

function Others({
  reports,
  state,
}: {
  readonly reports: readonly ExecutorReport[];
  readonly state: ComputingState;
}) {
  const { t } = useTranslation();
  const [isOpen, { toggle }] = useDisclosure(state.decision === null);
  return (
    <div>
      <Anchor component="button" type="button" size="xs" aria-expanded={isOpen} onClick={toggle}>
        {t('computing.others', { count: reports.length })}
      </Anchor>
      <Collapse expanded={isOpen}>
        <ul className={styles.list}>
          {reports.map((each) => (
            <li key={each.id} className={styles.item}>
              <Text size="sm">{each.title}</Text>
              <Text size="xs">
                {each.code !== null && t(`computing.code.${each.code}`)}{' '}
                {each.remedy !== 'none' && t(`computing.remedy.${each.remedy}`)}
              </Text>
              {each.reason !== null && each.code !== 'otherSystem' && <Reason reason={each.reason} />}
            </li>
          ))}
        </ul>
      </Collapse>
    </div>
  );
}

/** Why exactly, then what a library said itself, which is no text of ours and mostly English. */
function Reason({ reason }: { readonly reason: NonNullable<ExecutorReport['reason']> }) {
  const language = languageOfReasons(useTranslation().i18n.language);
  const quote = reasonQuote(reason, language);
  return (
    <Text size="xs" c="dimmed" className={styles.reason}>
      {reasonSentence(reason, language)}
      {quote !== null && <span lang="en"> {quote}</span>}
    </Text>
  );
}

function Threads({ state }: { readonly state: ComputingState }) {
  const { t } = useTranslation();
  const update = useUpdateSettings();
  const most = state.machineThreads;
  const all = 'all';
  return (
    <Select
      label={t('computing.threads')}
      description={t('computing.threadsWhy')}
      size="sm"
      allowDeselect={false}
      value={state.threads === most ? all : String(state.threads)}
      data={[
        { value: all, label: t('computing.threadsAll', { count: most }) },
        ...Array.from({ length: most - 1 }, (_, index) => String(most - 1 - index)),
      ]}
      onChange={(value) => update({ threads: value === null || value === all ? null : Number(value) })}
    />
  );
}

function Libraries({ state }: { readonly state: ComputingState }) {
  const { t } = useTranslation();
  const choose = async () => {
    const folder = await client.system.pickFolder({ purpose: 'libraries' });
    if (folder !== null) await client.computing.chooseLibraries({ folder: folder.id });
  };
  return (
    <Group justify="space-between" gap="md" wrap="nowrap">
      <div>
        <Text size="sm" fw={600}>
          {t('computing.libraries')}
        </Text>
        <Text size="xs" c="dimmed">
          {state.libraries ?? t('computing.librariesNone')}. {t('computing.librariesWhy')}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        {state.libraries !== null && (
          <Button
            variant="subtle"
            size="xs"
            onClick={() => void client.computing.chooseLibraries({ folder: null }).catch(showFailure)}
          >
            {t('computing.forgetLibraries')}
          </Button>
        )}
        <Button variant="default" size="xs" onClick={() => void choose().catch(showFailure)}>
          {t('computing.choseLibraries')}
        </Button>
      </Group>
    </Group>
  );
}

function HowTo() {
  const { t } = useTranslation();
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <div>
      <Anchor component="button" type="button" size="xs" aria-expanded={isOpen} onClick={toggle}>
        {t('computing.how')}
      </Anchor>
      <Collapse expanded={isOpen}>
        <Stack gap={6} mt={6}>
          {(['howOpenvino', 'howNvidia', 'howTensorflow', 'howIntel', 'howOffline'] as const).map((key) => (
            <Text key={key} size="xs">
              {t(`computing.${key}`)}
            </Text>
          ))}
        </Stack>
      </Collapse>
    </div>
  );
}
