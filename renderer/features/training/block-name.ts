import type { TFunction } from 'i18next';

/** A block as the person reads it: a backbone's own "head" must not be taken for the new part. */
export function blockName(id: string, t: TFunction): string {
  return id === 'head' ? t('training.layers.convHead') : id;
}
