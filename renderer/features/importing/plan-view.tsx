import { Badge, Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupRule, ImportPlan } from '../../../shared/contract/images.ts';
import type { Grant } from '../../../shared/contract/project.ts';
import { failureOf, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { failureText } from '../../app/notices.tsx';
import { LateLoader } from '../../ui/late-loader.tsx';
import { useImporting } from './import-state.tsx';
import styles from './importing.module.css';
import { LabelSourceForm } from './label-source-form.tsx';
import { ProblemList } from './problem-list.tsx';
import { isUsablePattern, plainRules, type Rules, suggestedLabels, withSuggestedColumns } from './rules.ts';

/** Asks the engine what an import with these rules would do; the former answer stays while the next is on its way. */
function usePlan(source: Grant, rules: Rules) {
  const [patternRules, setPatternRules] = useState(rules);
  const isReady = rules.groups.kind !== 'pattern' || isUsablePattern(rules.groups.pattern);
  if (isReady && patternRules !== rules) setPatternRules(rules);
  const asked = isReady ? rules : patternRules;
  return useQuery({
    ...studio.images.planImport.queryOptions({
      input: { source: source.id, labels: asked.labels, groups: asked.groups },
    }),
    placeholderData: (before: ImportPlan | undefined) => before,
    retry: false,
    gcTime: 0,
    meta: { quiet: true },
  });
}

function Summary({ plan }: { readonly plan: ImportPlan }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div>
      <Text size="lg" fw={600}>
        {t('importing.files', { count: plan.files, size: formats.bytes(plan.bytes) })}
      </Text>
      <Text size="sm" c="dimmed">
        {[
          t('importing.new', { count: plan.newImages }),
          plan.alreadyThere > 0 ? t('importing.already', { count: plan.alreadyThere }) : null,
          plan.ignoredFiles > 0 ? t('importing.ignored', { count: plan.ignoredFiles }) : null,
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </Text>
      <Text size="sm" c="dimmed">
        {t('importing.untouched')}
      </Text>
    </div>
  );
}

function Classes({ plan }: { readonly plan: ImportPlan }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (plan.classes.length === 0) return null;
  return (
    <section>
      <Text size="sm" fw={600} mb="xs">
        {t('importing.classes')}
      </Text>
      <Group gap="xs">
        {plan.classes.map(({ name, images, isNew }) => (
          <Badge key={name} variant="default" tt="none" size="lg" fw={400}>
            {name} <strong>{formats.number(images)}</strong>
            {isNew && <span className={styles.isNew}> {t('importing.newClass')}</span>}
          </Badge>
        ))}
      </Group>
    </section>
  );
}

function Groups({
  groups,
  onChange,
}: {
  readonly groups: GroupRule;
  readonly onChange: (groups: GroupRule) => void;
}) {
  const { t } = useTranslation();
  const kinds = ['none', 'folder', 'pattern'] as const;
  const words = {
    none: t('importing.groupNone'),
    folder: t('importing.groupFolder'),
    pattern: t('importing.groupPattern'),
  };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} id="import-groups">
        {t('importing.groups')}
      </Text>
      <Text size="xs" c="dimmed">
        {t('importing.groupsHelp')}
      </Text>
      <SegmentedControl
        aria-labelledby="import-groups"
        value={groups.kind}
        data={kinds.map((value) => ({ value, label: words[value] }))}
        onChange={(value) => {
          const kind = kinds.find((known) => known === value) ?? 'none';
          onChange(kind === 'pattern' ? { kind, pattern: '' } : { kind });
        }}
      />
      {groups.kind === 'pattern' && (
        <TextInput
          aria-label={t('importing.pattern')}
          description={t('images.groups.patternExample')}
          value={groups.pattern}
          maxLength={200}
          error={groups.pattern !== '' && !isUsablePattern(groups.pattern)}
          onChange={(event) => onChange({ kind: 'pattern', pattern: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}

function Submit({ plan, rules }: { readonly plan: ImportPlan; readonly rules: Rules }) {
  const { t } = useTranslation();
  const { start, finish } = useImporting();
  const hasLabels = rules.labels.kind !== 'none' && plan.classes.length > 0;
  const isPattern = rules.groups.kind === 'pattern';
  const isReady = !isPattern || (rules.groups.kind === 'pattern' && isUsablePattern(rules.groups.pattern));
  const words =
    plan.newImages > 0 ? t('importing.submit', { count: plan.newImages }) : t('importing.submitLabels');
  return (
    <Group justify="flex-end" className={styles.footer}>
      {plan.newImages === 0 && !hasLabels && (
        <Text size="sm" c="dimmed" mr="auto">
          {t('importing.nothingNew')}
        </Text>
      )}
      <Button variant="default" onClick={finish}>
        {t('common.cancel')}
      </Button>
      <Button
        disabled={!isReady || (plan.newImages === 0 && !hasLabels)}
        onClick={() => start(withSuggestedColumns(rules.labels, plan), rules.groups)}
      >
        {words}
      </Button>
    </Group>
  );
}

/** What the import would do, before anything is written. */
export function PlanView({ source }: { readonly source: Grant }) {
  const { t } = useTranslation();
  const { finish } = useImporting();
  const [rules, setRules] = useState<Rules | null>(null);
  const { data: plan, error } = usePlan(source, rules ?? plainRules);
  useEffect(() => {
    if (plan !== undefined && rules === null) setRules({ ...plainRules, labels: suggestedLabels(plan) });
  }, [plan, rules]);
  if (error !== null && plan === undefined) {
    return (
      <Stack>
        <Text>{failureText(failureOf(error))}</Text>
        <Group justify="flex-end">
          <Button onClick={finish}>{t('common.close')}</Button>
        </Group>
      </Stack>
    );
  }
  if (plan === undefined || rules === null) {
    return (
      <Group gap="sm" mih="4rem">
        <LateLoader label={t('importing.looking', { name: source.name })} />
        <Text c="dimmed">{t('importing.looking', { name: source.name })}</Text>
      </Group>
    );
  }
  const labels = withSuggestedColumns(rules.labels, plan);
  const rowProblems = [...(plan.csv?.invalidRows ?? []), ...(plan.csv?.unmatchedRows ?? [])];
  return (
    <Stack gap="lg">
      <Summary plan={plan} />
      <LabelSourceForm
        plan={plan}
        labels={labels}
        onChange={(next) => setRules({ ...rules, labels: next })}
      />
      {error !== null && <Text c="var(--studio-danger)">{failureText(failureOf(error))}</Text>}
      <Classes plan={plan} />
      <Groups groups={rules.groups} onChange={(groups) => setRules({ ...rules, groups })} />
      <ProblemList title={t('importing.rowProblems', { count: rowProblems.length })} problems={rowProblems} />
      <ProblemList
        title={t('importing.problems', { count: plan.problems.length })}
        problems={plan.problems}
      />
      <Submit plan={plan} rules={rules} />
    </Stack>
  );
}
