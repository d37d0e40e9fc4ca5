import type { Augmentation } from '../../../../shared/contract/augmentation.ts';
import { cachedViewCount, isDrawn } from '../../../../shared/domain/augmentation.ts';
import { createRandom, deriveSeed, type Random } from '../../../../shared/domain/random.ts';
import {
  affine,
  compose,
  crop,
  flip,
  identity,
  type Matrix,
  perspective,
  quarterTurn,
  type Size,
} from './matrix.ts';
import { drawRandAugment } from './rand-augment.ts';
import { plainView, type Rectangle, type View } from './view.ts';

/** Which view of which image: it is a pure function of these and of the settings. */
export interface ViewName {
  /** The run's seed. */
  readonly seed: number;
  /** The image's content, so that a moved file keeps its views. */
  readonly sha256: string;
  /** Number of the view, 0 … 2^53 − 1: its place among the cached ones, or one drawn for an epoch. */
  readonly number: number;
}

/** Views that are not always on are on in half of the draws, as in torchvision. */
const OFTEN = 0.5;
/** Narrowest and widest aspect of a crop, as a factor of the picture's own (torchvision's default). */
const CROP_ASPECT = 4 / 3;
/** Smallest part of the area that is erased, and narrowest aspect of what is (Zhong et al. 2017). */
const ERASED_LEAST = 0.02;
const ERASED_ASPECT = 10 / 3;
/** Attempts to find a rectangle that fits, as in torchvision. */
const ATTEMPTS = 10;
/** Smallest blur that is drawn: torchvision's. */
const BLUR_LEAST = 0.1;

/**
 * The views of an image whose activations a run caches. The first is the image as it is; then it lies in each way
 * the settings allow, in turn, all else drawn for each image and number. No two are equal.
 */
export function cachedViews(
  settings: Augmentation,
  image: Omit<ViewName, 'number'>,
  size: Size,
): readonly View[] {
  const ways = symmetries(settings, size);
  const count = cachedViewCount(settings, size.width === size.height);
  return Array.from({ length: count }, (_, number) => {
    if (number === 0) return plainView;
    const way = ways[number % ways.length]!;
    return isDrawn(settings) ? drawn(settings, way, generator({ ...image, number }), size) : lying(way);
  });
}

/** A fresh view for training on pixels, where nothing above them is cached. */
export function freshView(settings: Augmentation, name: ViewName, size: Size): View {
  const random = generator(name);
  const ways = symmetries(settings, size);
  return drawn(settings, ways[random.below(ways.length)]!, random, size);
}

function generator({ seed, sha256, number }: ViewName): Random {
  return createRandom(deriveSeed(seed, `view ${number} ${sha256}`));
}

const lying = (warp: Matrix): View => ({ ...plainView, warp });

/** How the picture may lie, itself first; all of them copies of whole pixels. */
function symmetries(
  { flipHorizontal, flipVertical, quarterTurns }: Augmentation,
  size: Size,
): readonly Matrix[] {
  const flips = [identity];
  if (flipHorizontal) flips.push(flip(size, true, false));
  if (flipVertical) flips.push(flip(size, false, true));
  if (flipHorizontal && flipVertical) flips.push(flip(size, true, true));
  if (!quarterTurns) return flips;
  const half = flip(size, true, true);
  const turns =
    size.width === size.height
      ? [identity, quarterTurn(size), half, compose(half, quarterTurn(size))]
      : [identity, half];
  const all = turns.flatMap((turn) => flips.map((each) => compose(each, turn)));
  return [...new Map(all.map((way) => [way.map((value) => value + 0).join(), way])).values()];
}

/** Each kind of change has a generator of its own: turning one on or off changes no other draw. */
function drawn(settings: Augmentation, way: Matrix, random: Random, size: Size): View {
  const part = (purpose: string) => createRandom(deriveSeed(random.uint32(), purpose));
  const cut = drawCrop(settings, part('crop'), size);
  const moved = drawAffine(settings, part('affine'), size);
  const bent = drawPerspective(settings, part('perspective'), size);
  const colours = drawColours(settings, part('colour'));
  const strong = drawRandAugment(settings.randAugment, part('rand-augment'), size);
  // From the view back to the picture: what happened last is undone first.
  const warps = [strong.warp, bent, moved, way, cut];
  return {
    warp: warps.reduce(compose),
    tone: [...colours, ...strong.tone],
    ...drawDamage(settings, part('damage')),
    erased: drawErased(settings, part('erasing'), size),
  };
}

/** A number from −limit to limit. */
const around = (random: Random, limit: number) => (random.uniform() * 2 - 1) * limit;
const between = (random: Random, low: number, high: number) => low + random.uniform() * (high - low);

/** RandomResizedCrop(scale=(1 − crop, 1), ratio=(3/4, 4/3)), the ratio counted from the picture's own. */
function drawCrop({ crop: most }: Augmentation, random: Random, size: Size): Matrix {
  if (most === 0) return identity;
  const window = drawRectangle(random, size, {
    least: 1 - most,
    most: 1,
    aspect: CROP_ASPECT,
    of: size.width / size.height,
  });
  if (window) return crop(size, window);
  // Small crops rarely have room for another aspect: those that have none keep the picture's own, anywhere.
  const side = Math.sqrt(between(random, 1 - most, 1));
  const [width, height] = [size.width * side, size.height * side];
  const [left, top] = [between(random, 0, size.width - width), between(random, 0, size.height - height)];
  return crop(size, { left, top, width, height });
}

/** A rectangle within the picture, its area and the logarithm of its aspect drawn evenly; null where none fits. */
function drawRectangle(
  random: Random,
  size: Size,
  range: { readonly least: number; readonly most: number; readonly aspect: number; readonly of: number },
): Rectangle | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = size.width * size.height * between(random, range.least, range.most);
    const aspect = range.of * Math.exp(around(random, Math.log(range.aspect)));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > size.width || height > size.height) continue;
    const left = random.below(size.width - width + 1);
    return { left, top: random.below(size.height - height + 1), width, height };
  }
  return null;
}

/** RandomAffine(degrees=rotation, translate=(shift, shift), scale=(1 − shrink, 1)). */
function drawAffine({ rotation, shrink, shift }: Augmentation, random: Random, size: Size): Matrix {
  if (rotation === 0 && shrink === 0 && shift === 0) return identity;
  return affine(size, {
    angle: around(random, rotation),
    scale: 1 - random.uniform() * shrink,
    moveX: around(random, shift) * size.width,
    moveY: around(random, shift) * size.height,
  });
}

/** RandomPerspective(distortion_scale, p=0.5): every corner moves inwards, so that nothing is lost. */
function drawPerspective({ perspective: most }: Augmentation, random: Random, size: Size): Matrix {
  if (most === 0 || random.uniform() >= OFTEN) return identity;
  const x = () => (random.uniform() * most * size.width) / 2;
  const y = () => (random.uniform() * most * size.height) / 2;
  return perspective(size, [
    [x(), y()],
    [size.width - x(), y()],
    [size.width - x(), size.height - y()],
    [x(), size.height - y()],
  ]);
}

/** ColorJitter, its four steps always in this order. */
function drawColours(settings: Augmentation, random: Random): View['tone'] {
  const names = ['brightness', 'contrast', 'saturation'] as const;
  const factors = names.map((name) => [name, 1 + around(random, settings[name])] as const);
  const steps = factors.filter(([name]) => settings[name] > 0);
  return settings.hue > 0 ? [...steps, ['hue', around(random, settings.hue)]] : steps;
}

/** What cameras and files do to a picture: blur, JPEG, noise, each in half of the views. */
function drawDamage(settings: Augmentation, random: Random): Pick<View, 'blur' | 'jpeg' | 'noise'> {
  const [blurs, stores, grains] = [random.uniform(), random.uniform(), random.uniform()].map(
    (value) => value < OFTEN,
  );
  const sigma = between(random, Math.min(BLUR_LEAST, settings.blur), settings.blur);
  const quality = 100 - random.below(settings.jpeg + 1);
  const deviation = random.uniform() * settings.noise * 255;
  const seed = random.uint32();
  return {
    blur: blurs && settings.blur > 0 ? sigma : 0,
    jpeg: stores && settings.jpeg > 0 ? quality : null,
    noise: grains && settings.noise > 0 ? { deviation, seed } : null,
  };
}

/** RandomErasing(p=0.5, scale=(0.02, erasing), ratio=(0.3, 3.3)). */
function drawErased({ erasing }: Augmentation, random: Random, size: Size): Rectangle | null {
  if (erasing === 0 || random.uniform() >= OFTEN) return null;
  const least = Math.min(ERASED_LEAST, erasing);
  return drawRectangle(random, size, { least, most: erasing, aspect: ERASED_ASPECT, of: 1 });
}
