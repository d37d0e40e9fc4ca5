import type { BlockReport } from '../../../shared/contract/trainer.ts';

/** The first third of a network sees edges and textures, the second patterns and parts, the last whole objects. */
export function levelOf(index: number, count: number): BlockReport['blocks'][number]['level'] {
  const place = (index + 0.5) / count;
  if (place < 1 / 3) return 'initial';
  return place < 2 / 3 ? 'intermediate' : 'final';
}
