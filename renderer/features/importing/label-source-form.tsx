import { Button, Group, MultiSelect, Radio, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportPlan, LabelSource } from '../../../shared/contract/images.ts';
import type { Grant } from '../../../shared/contract/project.ts';
import { client } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';
import { tableSource } from './rules.ts';

interface LabelSourceFormProps {
  readonly plan: ImportPlan;
  readonly labels: LabelSource;
  readonly onChange: (labels: LabelSource) => void;
}

type TableSource = Extract<LabelSource, { readonly kind: 'csv' }>;

function ColumnFields({
  columns,
  labels,
  onChange,
}: {
  readonly columns: readonly string[];
  readonly labels: TableSource;
  readonly onChange: (labels: TableSource) => void;
}) {
  const { t } = useTranslation();
  const data = [...columns];
  const optional = (name: 'groupColumn' | 'foldColumn') => ({
    data,
    clearable: true,
    placeholder: t('importing.noColumn'),
    label: t(`importing.${name}`),
    value: labels[name] ?? null,
    onChange: (value: string | null) => {
      const { [name]: _before, ...rest } = labels;
      onChange(value === null ? rest : { ...rest, [name]: value });
    },
  });
  return (
    <SimpleGrid cols={2} spacing="sm" verticalSpacing="sm">
      <Select
        label={t('importing.fileColumn')}
        data={data}
        allowDeselect={false}
        value={labels.fileColumn === '' ? null : labels.fileColumn}
        onChange={(value) => value !== null && onChange({ ...labels, fileColumn: value })}
      />
      <MultiSelect
        label={t('importing.labelColumns')}
        description={labels.labelColumns.length > 1 ? t('importing.labelColumnsHelp') : undefined}
        data={data}
        value={labels.labelColumns.filter((name) => name !== '')}
        onChange={(value) => onChange({ ...labels, labelColumns: value.length > 0 ? value : [''] })}
      />
      <Select {...optional('groupColumn')} />
      <Select {...optional('foldColumn')} />
    </SimpleGrid>
  );
}

function TableFields({ plan, labels, onChange }: LabelSourceFormProps & { readonly labels: TableSource }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [chosen, setChosen] = useState<Grant | null>(null);
  const tables = [
    ...plan.csvFiles.map(({ grant, name }) => ({ value: String(grant), label: name })),
    ...(chosen === null ? [] : [{ value: String(chosen.id), label: chosen.name }]),
  ];
  const choose = async () => {
    const grant = await client.system.pickFiles({ purpose: 'csv' });
    if (grant === null) return;
    setChosen(grant);
    onChange(tableSource(grant.id));
  };
  return (
    <Stack gap="sm" pl="xl">
      <Group align="end" gap="sm">
        <Select
          label={t('importing.table')}
          data={tables}
          allowDeselect={false}
          value={labels.csv}
          onChange={(value) => {
            const table = [...plan.csvFiles.map(({ grant }) => grant), ...(chosen ? [chosen.id] : [])];
            const grant = table.find((candidate) => candidate === value);
            if (grant !== undefined) onChange(tableSource(grant));
          }}
        />
        <Button variant="default" onClick={() => void choose().catch(showFailure)}>
          {t(tables.length === 0 ? 'importing.chooseTable' : 'importing.otherTable')}
        </Button>
      </Group>
      {plan.csv !== null && (
        <>
          <ColumnFields columns={plan.csv.columns} labels={labels} onChange={onChange} />
          <Text size="sm">
            {t('importing.matched', {
              matched: formats.number(plan.csv.matched),
              rows: formats.number(plan.csv.rows),
            })}{' '}
            {plan.csv.imagesWithoutRow > 0 &&
              t('importing.imagesWithoutRow', { count: plan.csv.imagesWithoutRow })}
          </Text>
        </>
      )}
    </Stack>
  );
}

/** Where the labels come from: nowhere, the folders' names, or a table. */
export function LabelSourceForm({ plan, labels, onChange }: LabelSourceFormProps) {
  const { t } = useTranslation();
  const pickTable = async () => {
    const beside = plan.csvFiles[0]?.grant;
    const grant = beside ?? (await client.system.pickFiles({ purpose: 'csv' }))?.id;
    if (grant !== undefined) onChange(tableSource(grant));
  };
  const choose = (kind: string) => {
    if (kind === 'csv') void pickTable().catch(showFailure);
    else onChange({ kind: kind === 'folders' ? 'folders' : 'none' });
  };
  const names = plan.folders.slice(0, 6).map(({ name }) => name);
  const folderNames = plan.folders.length > names.length ? [...names, '…'] : names;
  return (
    <Radio.Group label={t('importing.labels')} value={labels.kind} onChange={choose}>
      <Stack gap="sm" mt="sm">
        <Radio value="none" label={t('importing.labelsNone')} />
        <Radio
          value="folders"
          label={t('importing.labelsFolders')}
          description={folderNames.join(' · ')}
          disabled={plan.folders.length < 2}
        />
        <Radio value="csv" label={t('importing.labelsCsv')} description={t('importing.labelsCsvWhat')} />
        {labels.kind === 'csv' && <TableFields plan={plan} labels={labels} onChange={onChange} />}
      </Stack>
    </Radio.Group>
  );
}
