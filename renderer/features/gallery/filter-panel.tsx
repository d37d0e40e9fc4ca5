import { Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircle,
  IconCircleCheck,
  IconCircleOff,
  IconCopy,
  IconLayoutGrid,
  IconPhotoX,
  IconRefreshAlert,
  IconTarget,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageCounts, ImageFilter } from '../../../shared/contract/images.ts';
import { studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { useProject } from '../../app/session.tsx';
import { ClassesPanel } from '../classes/index.ts';
import styles from './gallery.module.css';
import { useImageList } from './image-list.tsx';

type Facet = Pick<ImageFilter, 'state' | 'file' | 'duplicates' | 'classId' | 'ids'>;

interface FacetRow {
  readonly label: string;
  readonly icon: ReactNode;
  readonly count: number;
  readonly facet: Facet;
}

const size = { size: 16, 'aria-hidden': true } as const;

function FacetButton({ row }: { readonly row: FacetRow }) {
  const formats = useFormats();
  const { view, setView } = useImageList();
  const { search: _search, ...facet } = view.filter;
  const isOn = JSON.stringify(facet) === JSON.stringify(row.facet);
  return (
    <button
      type="button"
      className={styles.facet}
      aria-pressed={isOn}
      onClick={() => setView((now) => ({ ...now, filter: withSearch(row.facet, now.filter.search) }))}
    >
      {row.icon}
      <span className={styles.facetName}>{row.label}</span>
      <span className={styles.facetCount}>{formats.number(row.count)}</span>
    </button>
  );
}

/** A facet together with the words searched for, if any. */
function withSearch(facet: Facet, search: string | undefined): ImageFilter {
  return search === undefined ? facet : { ...facet, search };
}

function useFacets(counts: ImageCounts | undefined): readonly FacetRow[] {
  const { t } = useTranslation();
  const { task } = useProject();
  const { view } = useImageList();
  if (counts === undefined) return [];
  const chosen = view.filter.ids;
  return [
    { label: t('images.all'), icon: <IconLayoutGrid {...size} />, count: counts.total, facet: {} },
    {
      label: t('images.unlabeled'),
      icon: <IconCircle {...size} />,
      count: counts.unlabeled,
      facet: { state: 'unlabeled' },
    },
    {
      label: t('images.labeled'),
      icon: <IconCircleCheck {...size} />,
      count: counts.labeled,
      facet: { state: 'labeled' },
    },
    ...(task === 'multiLabel' || counts.nothing > 0
      ? [
          {
            label: t('images.nothing'),
            icon: <IconCircleOff {...size} />,
            count: counts.nothing,
            facet: { state: 'nothing' as const },
          },
        ]
      : []),
    ...(chosen === undefined
      ? []
      : [
          {
            label: t('images.chosen'),
            icon: <IconTarget {...size} />,
            count: chosen.length,
            facet: { ids: chosen },
          },
        ]),
  ];
}

function useAttention(counts: ImageCounts | undefined): readonly FacetRow[] {
  const { t } = useTranslation();
  if (counts === undefined) return [];
  const rows: readonly FacetRow[] = [
    {
      label: t('images.changed'),
      icon: <IconRefreshAlert {...size} />,
      count: counts.changed,
      facet: { file: 'changed' },
    },
    {
      label: t('images.missing'),
      icon: <IconPhotoX {...size} />,
      count: counts.missing,
      facet: { file: 'missing' },
    },
    {
      label: t('images.unreadable'),
      icon: <IconAlertTriangle {...size} />,
      count: counts.unreadable,
      facet: { file: 'unreadable' },
    },
    {
      label: t('images.duplicates'),
      icon: <IconCopy {...size} />,
      count: counts.duplicates,
      facet: { duplicates: true },
    },
  ];
  return rows.filter(({ count }) => count > 0);
}

/** What to show: by state, by class, by what needs a look; always with the number of images. */
export function FilterPanel() {
  const { t } = useTranslation();
  const { view, setView } = useImageList();
  const counts = useQuery(studio.images.counts.queryOptions()).data;
  const facets = useFacets(counts);
  const attention = useAttention(counts);
  const { classId } = view.filter;
  return (
    <aside className={styles.panel} aria-label={t('images.filter')}>
      {facets.map((row) => (
        <FacetButton key={row.label} row={row} />
      ))}
      <Text component="h2" className={styles.heading}>
        {t('images.classes')}
      </Text>
      <ClassesPanel
        selected={new Set(classId === undefined ? [] : [classId])}
        pickLabel={({ name }) => t('classes.show', { name })}
        onPick={({ id }) => {
          setView((now) => ({
            ...now,
            filter: withSearch(id === now.filter.classId ? {} : { classId: id }, now.filter.search),
          }));
        }}
      />
      {attention.length > 0 && (
        <>
          <Text component="h2" className={styles.heading}>
            {t('images.attention')}
          </Text>
          {attention.map((row) => (
            <FacetButton key={row.label} row={row} />
          ))}
        </>
      )}
    </aside>
  );
}
