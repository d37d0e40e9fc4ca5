import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { studio } from '../../api/index.ts';
import { useNavigation } from '../../app/navigation.tsx';
import { LateLoader } from '../../ui/late-loader.tsx';
import { Mark } from '../../ui/mark.tsx';
import { TeachingEmpty } from '../../ui/teaching-empty.tsx';
import { ExportSection } from './export-section.tsx';
import { PredictSection } from './predict-section.tsx';
import styles from './use.module.css';

/** The Use place: a trained network names whole folders, or leaves as a file of its own. */
export function UsePlace() {
  const { t } = useTranslation();
  const { go } = useNavigation();
  const runs = useQuery(studio.training.runs.queryOptions());
  const [chosen, setChosen] = useState<string | null>(null);
  if (runs.data === undefined) return <LateLoader label={t('use.network')} />;
  const usable = runs.data.filter(({ hasModel }) => hasModel);
  const run = usable.find(({ id }) => id === chosen) ?? usable[0];
  if (run === undefined) {
    return (
      <TeachingEmpty picture={<Mark size={72} />} title={t('use.empty.title')} text={t('use.empty.text')}>
        <Button onClick={() => go('train')}>{t('use.empty.go')}</Button>
      </TeachingEmpty>
    );
  }
  return (
    <div className={styles.place}>
      <div className={styles.sections}>
        <Select
          label={t('use.network')}
          maw="28rem"
          allowDeselect={false}
          data={usable.map(({ id, name, accuracy }) => ({
            value: id,
            label: accuracy?.value == null ? name : `${name} · ${Math.round(accuracy.value * 100)} / 100`,
          }))}
          value={run.id}
          onChange={setChosen}
        />
        <PredictSection key={`predict-${run.id}`} run={run} />
        <ExportSection key={`export-${run.id}`} run={run} />
      </div>
    </div>
  );
}
