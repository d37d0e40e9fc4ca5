import { identity, type Matrix } from './matrix.ts';

/** Changes whenever the same drawn view would give other pixels; part of the key of every view but plain ones. */
const RENDERER = 'views-2';

/** A change of each value by itself; factors as in PIL's ImageEnhance: 1 is the picture, 0 black or its mean grey. */
export type PointStep =
  | readonly ['brightness' | 'contrast', number]
  /** Bits that are kept, 1…8. */
  | readonly ['posterize', number]
  /** Values from this one on are inverted, 0…256. */
  | readonly ['solarize', number]
  | readonly ['autoContrast']
  | readonly ['equalize'];

/** A change that mixes channels or neighbours: blended with its own grey, or with a smoothed copy; 1 is the picture. */
export type MixingStep =
  | readonly ['saturation' | 'sharpness', number]
  /** Fraction of the colour circle, −0.5…0.5. */
  | readonly ['hue', number];

/** One change of pixel values. */
export type ToneStep = PointStep | MixingStep;

/** A rectangle in whole pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One way of looking at an image, with every number drawn: it says exactly which pixels come out. */
export interface View {
  readonly warp: Matrix;
  readonly tone: readonly ToneStep[];
  /** Standard deviation of the blur, pixels; 0: none. */
  readonly blur: number;
  /** JPEG quality, or `null`: not stored as one. */
  readonly jpeg: number | null;
  /** `deviation` in steps of a byte. */
  readonly noise: { readonly deviation: number; readonly seed: number } | null;
  readonly erased: Rectangle | null;
}

/** The image as it is. */
export const plainView: View = {
  warp: identity,
  tone: [],
  blur: 0,
  jpeg: null,
  noise: null,
  erased: null,
};

/** What a cached view is filed under: all its numbers, so that equal views of different recipes share activations. */
export function viewKey(view: View): string {
  const { warp, ...rest } = view;
  const { warp: _, ...plain } = plainView;
  const lies = warp.every((value, index) => value === identity[index]) ? 'plain' : warp.join(' ');
  const text = JSON.stringify(rest);
  return text === JSON.stringify(plain) ? lies : `${RENDERER} ${lies} ${text}`;
}
