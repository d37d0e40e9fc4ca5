import type { Augmentation } from '../../../shared/contract/recipe.ts';
import { createRandom, deriveSeed, type Random } from '../../../shared/domain/random.ts';

/** One way of looking at an image: mirrored or not, brighter or darker; the first view of a recipe is the image itself. */
export interface View {
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  /** Added to every channel, as a fraction of 255. */
  readonly brightness: number;
  /** Distances from the image's mid grey grow by this fraction. */
  readonly contrast: number;
}

/** The image as it is. */
export const plainView: View = { flipHorizontal: false, flipVertical: false, brightness: 0, contrast: 0 };

/**
 * The views whose activations a run caches: as many as the recipe says, but never two equal ones.
 * Flips come first; colour changes are drawn from the seed, the same for every image.
 */
export function cachedViews(augmentation: Augmentation, seed: number): readonly View[] {
  const flips = flipsOf(augmentation);
  const coloured = augmentation.brightness > 0 || augmentation.contrast > 0;
  const count = coloured ? augmentation.views : Math.min(augmentation.views, flips.length);
  const random = createRandom(deriveSeed(seed, 'views'));
  return Array.from({ length: count }, (_, index) => {
    const flip = flips[index % flips.length]!;
    return index < flips.length ? flip : { ...flip, ...colours(augmentation, random) };
  });
}

/** A fresh view for training on pixels, where nothing above them is cached. */
export function drawView(augmentation: Augmentation, random: Random): View {
  const flips = flipsOf(augmentation);
  const flip = flips[random.below(flips.length)]!;
  return { ...flip, ...colours(augmentation, random) };
}

/** What a cached view is filed under; equal views of different recipes share their activations. */
export function viewKey(view: View): string {
  const flips = `${view.flipHorizontal ? 'h' : ''}${view.flipVertical ? 'v' : ''}`;
  return `${flips || 'plain'}/${view.brightness}/${view.contrast}`;
}

function flipsOf({ flipHorizontal, flipVertical }: Augmentation): readonly View[] {
  const views: View[] = [plainView];
  if (flipHorizontal) views.push({ ...plainView, flipHorizontal: true });
  if (flipVertical) views.push({ ...plainView, flipVertical: true });
  if (flipHorizontal && flipVertical) views.push({ ...plainView, flipHorizontal: true, flipVertical: true });
  return views;
}

function colours(augmentation: Augmentation, random: Random): Pick<View, 'brightness' | 'contrast'> {
  const draw = (limit: number) => (random.uniform() * 2 - 1) * limit;
  return { brightness: draw(augmentation.brightness), contrast: draw(augmentation.contrast) };
}

/**
 * Writes a view of resized pixels into a batch: uint8 planes [3, height, width] at `offset` of `target`.
 * Values are rounded and clipped to 0…255.
 */
export function renderView(
  pixels: Uint8Array,
  { height, width }: { readonly height: number; readonly width: number },
  view: View,
  target: Uint8Array,
  offset: number,
): void {
  const table = colourTable(view);
  for (let row = 0; row < 3 * height; row++) {
    const plane = Math.floor(row / height);
    const line = row % height;
    const from = (plane * height + (view.flipVertical ? height - 1 - line : line)) * width;
    const to = offset + row * width;
    if (!view.flipHorizontal) target.set(pixels.subarray(from, from + width), to);
    else
      for (let column = 0; column < width; column++) target[to + column] = pixels[from + width - 1 - column]!;
    if (table) for (let at = to; at < to + width; at++) target[at] = table[target[at]!]!;
  }
}

/** 256 answers are cheaper than arithmetic on every pixel; none where the colours stay. */
function colourTable({ brightness, contrast }: View): Uint8ClampedArray | null {
  if (brightness === 0 && contrast === 0) return null;
  return Uint8ClampedArray.from(
    { length: 256 },
    (_, value) => (value - 127.5) * (1 + contrast) + 127.5 + brightness * 255,
  );
}
