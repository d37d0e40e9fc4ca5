import { Slider, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ImageClass, ImageDetail, ImageRow } from '../../../shared/contract/images.ts';
import { studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { useProject } from '../../app/session.tsx';
import { ClassesPanel, ClassMark, useClassMap } from '../classes/index.ts';
import styles from './labeling.module.css';

interface SidePanelProps {
  readonly row: ImageRow;
  readonly onPick: (imageClass: ImageClass) => void;
  readonly advances: boolean;
  readonly onAdvances: (advances: boolean) => void;
  readonly surround: number;
  readonly onSurround: (grey: number) => void;
  readonly onSurroundEnd: (grey: number) => void;
}

function Labels({ row, detail }: { readonly row: ImageRow; readonly detail: ImageDetail | undefined }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const classes = useClassMap();
  const origin = (id: number) => {
    const label = detail?.labels.find(({ classId }) => classId === id);
    if (label === undefined) return '';
    const by =
      label.source === 'human' && label.author === ''
        ? t('labeling.byHuman')
        : t(`labeling.by.${label.source}`, { author: label.author });
    return `${by} · ${formats.dateTime(label.createdAt)}`;
  };
  if (row.state !== 'labeled') {
    return <Text c="dimmed">{t(row.state === 'nothing' ? 'images.nothing' : 'labeling.noLabels')}</Text>;
  }
  return row.classIds.flatMap((id) => {
    const imageClass = classes.get(id);
    if (imageClass === undefined) return [];
    return [
      <div key={id} className={styles.label}>
        <ClassMark imageClass={imageClass} size={20} />
        <div>
          <Text fw={600}>{imageClass.name}</Text>
          <Text size="xs" c="dimmed">
            {origin(id)}
          </Text>
        </div>
      </div>,
    ];
  });
}

function Details({ row, detail }: { readonly row: ImageRow; readonly detail: ImageDetail | undefined }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const lines = [
    row.width > 0 ? t('labeling.size', { width: row.width, height: row.height }) : null,
    detail === undefined ? null : `${detail.format.toUpperCase()} · ${formats.bytes(detail.bytes)}`,
    detail?.takenAt == null ? null : t('labeling.taken', { at: takenAt(detail.takenAt, formats.dateTime) }),
    detail?.groupKey == null ? null : t('labeling.group', { key: detail.groupKey }),
    detail === undefined || detail.duplicates.length === 0
      ? null
      : t('labeling.sameContent', { count: detail.duplicates.length }),
  ];
  return (
    <Stack gap={2}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {row.path}
      </Text>
      {lines.map((line) =>
        line === null ? null : (
          <Text key={line} size="xs" c="dimmed">
            {line}
          </Text>
        ),
      )}
    </Stack>
  );
}

/** Cameras write local time without a zone; where it cannot be read as a date it is shown as written. */
function takenAt(text: string, format: (at: number) => string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : format(at);
}

/** Labels, classes and file of the image that is looked at. */
export function SidePanel(props: SidePanelProps) {
  const { t } = useTranslation();
  const { task } = useProject();
  const { row, onPick, advances, onAdvances, surround, onSurround, onSurroundEnd } = props;
  const detail = useQuery(studio.images.get.queryOptions({ input: { id: row.id } })).data;
  const known = detail?.id === row.id ? detail : undefined;
  return (
    <aside className={styles.panel} aria-label={t('labeling.labelsHere')}>
      <div className={styles.section}>
        <Labels row={row} detail={known} />
      </div>
      <div className={styles.section}>
        <ClassesPanel
          selected={new Set(row.classIds)}
          onPick={onPick}
          pickLabel={({ name }) => t('images.labelAs', { name })}
        />
      </div>
      {task === 'singleLabel' && (
        <div className={styles.section}>
          <Switch
            size="sm"
            label={t('labeling.advance')}
            checked={advances}
            onChange={(event) => onAdvances(event.currentTarget.checked)}
          />
        </div>
      )}
      <div className={styles.section}>
        <Details row={row} detail={known} />
      </div>
      <div className={styles.section}>
        <Text size="xs" c="dimmed" mb={4}>
          {t('labeling.surround')}
        </Text>
        <Slider
          size="sm"
          label={null}
          min={0}
          max={255}
          value={surround}
          onChange={onSurround}
          onChangeEnd={onSurroundEnd}
          thumbLabel={t('labeling.surround')}
        />
      </div>
    </aside>
  );
}
