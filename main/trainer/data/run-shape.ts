import type { Recipe } from '../../../shared/contract/recipe.ts';
import { MAX_ASPECT } from '../../../shared/domain/recipes.ts';

/** Height and width all images of a run are brought to, and how those of another aspect are fitted in. */
export interface RunShape {
  readonly height: number;
  readonly width: number;
  /** `pad`: whole image, the rest filled with the mean colour; `stretch`: both sides scaled independently. */
  readonly fit: 'pad' | 'stretch';
}

/** Long sides are rounded to this, the total stride of the usual convolutional networks. */
const MULTIPLE = 32;

/**
 * The one shape of a run: the short side in pixels (`short`), the long side by the images' median aspect,
 * rounded to 32 and at most twice the short one; a square where the recipe or the network wants it.
 * `images`: width and height in pixels; none of them need have the resulting aspect.
 */
export function runShape(
  images: readonly { readonly width: number; readonly height: number }[],
  short: number,
  mode: Recipe['shape'],
): RunShape {
  if (mode === 'square' || images.length === 0) return { height: short, width: short, fit: 'stretch' };
  const aspect = median(images.map((image) => image.width / image.height));
  const ratio = Math.min(aspect >= 1 ? aspect : 1 / aspect, MAX_ASPECT);
  // Never shorter than the short side itself, which need not be a multiple of 32.
  const long = Math.max(short, Math.round((short * ratio) / MULTIPLE) * MULTIPLE);
  return aspect >= 1
    ? { height: short, width: long, fit: 'pad' }
    : { height: long, width: short, fit: 'pad' };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
