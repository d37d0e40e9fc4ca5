import { z } from 'zod';
import { imageDomains, noAugmentation, randAugmentKinds } from '../domain/augmentation.ts';

/**
 * How training pictures are varied; every field but the first ones has a default, so that recipes stored by earlier
 * versions still mean what they meant. Sizes in pixels are those of the resized picture that the network sees.
 *
 * A view is made in this order, whatever is on (names as in torchvision.transforms v2): crop (RandomResizedCrop),
 * flips and quarter turns, rotation + shrink + shift (RandomAffine), perspective (RandomPerspective), RandAugment's
 * geometric operations — all of these as one warp, sampled once, bilinear, the outside filled with the mean colour —
 * then brightness, contrast, saturation, hue (ColorJitter, always in this order), RandAugment's other operations,
 * blur (GaussianBlur), JPEG, noise (GaussianNoise), erasing (RandomErasing).
 */
export const augmentation = z.strictObject({
  /** What the pictures show; decides what is warned of, never what is done. */
  domain: z.enum(imageDomains).default(noAugmentation.domain),
  flipHorizontal: z.boolean(),
  flipVertical: z.boolean(),
  /** Turned by 0, 90, 180 or 270°, each equally likely; only by 180° where the training shape is not square. */
  quarterTurns: z.boolean().default(noAugmentation.quarterTurns),
  /** Largest turn either way, degrees. */
  rotation: z.number().min(0).max(180).default(noAugmentation.rotation),
  /** The whole picture is drawn smaller by up to this fraction; nothing is lost. */
  shrink: z.number().min(0).max(0.5).default(noAugmentation.shrink),
  /** Largest displacement either way, as a fraction of each side. */
  shift: z.number().min(0).max(0.5).default(noAugmentation.shift),
  /** Each corner moves inwards by up to this fraction of half a side (`distortion_scale`), in half of the views. */
  perspective: z.number().min(0).max(1).default(noAugmentation.perspective),
  /** Up to this fraction of the area is cut away, the rest enlarged, its aspect changed by up to 3:4 or 4:3. */
  crop: z.number().min(0).max(0.95).default(noAugmentation.crop),
  /** Values are multiplied by 1 ± this. */
  brightness: z.number().min(0).max(0.5),
  /** Distances from the picture's mean grey are multiplied by 1 ± this. */
  contrast: z.number().min(0).max(0.5),
  /** Distances from grey are multiplied by 1 ± this. */
  saturation: z.number().min(0).max(1).default(noAugmentation.saturation),
  /** Hues move by up to this fraction of the colour circle either way. */
  hue: z.number().min(0).max(0.5).default(noAugmentation.hue),
  /** Largest standard deviation of a Gaussian blur, pixels; in half of the views, at least 0.1. */
  blur: z.number().min(0).max(5).default(noAugmentation.blur),
  /** Largest standard deviation of added Gaussian noise, a fraction of white; in half of the views. Grey stays grey. */
  noise: z.number().min(0).max(0.25).default(noAugmentation.noise),
  /** Stored as JPEG and read again, at a quality from 100 − this to 100; in half of the views. */
  jpeg: z.int().min(0).max(95).default(noAugmentation.jpeg),
  /** A rectangle of 2 % up to this fraction of the area is painted in the mean colour; in half of the views. */
  erasing: z.number().min(0).max(0.5).default(noAugmentation.erasing),
  /** So many operations of a fixed list in random order, all of one magnitude (0–30), in every view. */
  randAugment: z
    .strictObject({
      operations: z.int().min(1).max(4),
      magnitude: z.int().min(0).max(30),
      kinds: z.enum(randAugmentKinds),
    })
    .nullable()
    .default(noAugmentation.randAugment),
  /** Seeded views an image that are cached at the cut; the first is the picture itself. */
  views: z.int().min(1).max(16),
});
export type Augmentation = z.infer<typeof augmentation>;
