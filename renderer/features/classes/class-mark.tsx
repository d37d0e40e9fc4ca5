import type { ImageClass } from '../../../shared/contract/images.ts';
import { ColourMark } from '../../ui/colour-mark.tsx';

/** The colour and the shape of a class; the shape follows the id, so it never changes. */
export function ClassMark({
  imageClass,
  size = 14,
}: {
  readonly imageClass: Pick<ImageClass, 'id' | 'colour'>;
  readonly size?: number;
}) {
  return <ColourMark colour={imageClass.colour} shape={imageClass.id - 1} size={size} />;
}
