import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ImageClass } from '../../../shared/contract/images.ts';
import type { ClassId } from '../../../shared/domain/ids.ts';
import { studio } from '../../api/index.ts';

const none: readonly ImageClass[] = [];

/** The project's classes in their order; empty until they are here. */
export function useClasses(): readonly ImageClass[] {
  return useQuery(studio.classes.list.queryOptions()).data ?? none;
}

/** The classes by id, for putting names to labels. */
export function useClassMap(): ReadonlyMap<ClassId, ImageClass> {
  const classes = useClasses();
  return useMemo(() => new Map(classes.map((imageClass) => [imageClass.id, imageClass])), [classes]);
}
