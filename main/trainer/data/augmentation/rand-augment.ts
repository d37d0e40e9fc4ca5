import type { Augmentation } from '../../../../shared/contract/augmentation.ts';
import type { Random } from '../../../../shared/domain/random.ts';
import { affine, compose, identity, type Matrix, type Size } from './matrix.ts';
import type { ToneStep } from './view.ts';

/** Magnitudes go from 0 to this, as in torchvision's 31 bins. */
const LARGEST = 30;
const still = { angle: 0, scale: 1, moveX: 0, moveY: 0 };

/** What one operation does: it moves pixels, or changes their values. */
type Effect = { readonly warp: Matrix } | { readonly tone: ToneStep };
/** `amount`: magnitude ÷ 30. `sign`: 1 or −1, each half of the time. */
type Operation = (amount: number, sign: number, size: Size) => Effect | null;

/** Slope of the sheared sides; the top row, or the left column, stays where it is. */
const SHEAR = 0.3;
/** Part of a side: torchvision's 150/331 of the paper's 331-pixel pictures. */
const MOVE = 150 / 331;

const move = (size: Size, moveX: number, moveY: number): Effect => ({
  warp: affine(size, { ...still, moveX, moveY }),
});
const geometric: readonly Operation[] = [
  () => null,
  (amount, sign) => ({ warp: [1, sign * amount * SHEAR, 0, 0, 1, 0, 0, 0, 1] }),
  (amount, sign) => ({ warp: [1, 0, 0, sign * amount * SHEAR, 1, 0, 0, 0, 1] }),
  (amount, sign, size) => move(size, sign * Math.trunc(amount * MOVE * size.width), 0),
  (amount, sign, size) => move(size, 0, sign * Math.trunc(amount * MOVE * size.height)),
  (amount, sign, size) => ({ warp: affine(size, { ...still, angle: sign * amount * 30 }) }),
];

const enhance =
  (name: 'brightness' | 'contrast' | 'saturation' | 'sharpness'): Operation =>
  (amount, sign) => ({ tone: [name, 1 + sign * amount * 0.9] });
const tonal: readonly Operation[] = [
  enhance('brightness'),
  enhance('saturation'),
  enhance('contrast'),
  enhance('sharpness'),
  (amount) => ({ tone: ['posterize', 8 - Math.round(amount * 4)] }),
  (amount) => ({ tone: ['solarize', Math.round(255 * (1 - amount))] }),
  () => ({ tone: ['autoContrast'] }),
  () => ({ tone: ['equalize'] }),
];

const operations = { all: [...geometric, ...tonal], geometric, colour: [() => null, ...tonal] } as const;

/**
 * RandAugment (Cubuk, Zoph, Shlens & Le 2019, arXiv:1909.13719): so many operations, each drawn evenly from the
 * same fourteen and applied with the same magnitude; ranges as in torchvision 0.2x. One thing differs: whatever
 * moves pixels is composed into the view's one warp, and so comes before whatever changes their values.
 */
export function drawRandAugment(
  settings: Augmentation['randAugment'],
  random: Random,
  size: Size,
): { readonly warp: Matrix; readonly tone: readonly ToneStep[] } {
  if (settings === null) return { warp: identity, tone: [] };
  const choices = operations[settings.kinds];
  const amount = settings.magnitude / LARGEST;
  let warp = identity;
  const tone: ToneStep[] = [];
  for (let count = 0; count < settings.operations; count++) {
    const operation = choices[random.below(choices.length)]!;
    const effect = operation(amount, random.uint32() & 1 ? 1 : -1, size);
    // A later movement is undone first on the way from the view to the picture.
    if (effect && 'warp' in effect) warp = compose(effect.warp, warp);
    else if (effect) tone.push(effect.tone);
  }
  return { warp, tone };
}
