/**
 * What may change in a picture without changing its answer depends on what the pictures show: a mirrored leaf is
 * the same leaf, a mirrored word is no word. The kinds of pictures for which this is known; `any` where nobody said.
 */
export const imageDomains = [
  'any',
  'photos',
  'leaves',
  'xray',
  'stains',
  'microscopy',
  'aerial',
  'lesions',
  'text',
] as const;
export type ImageDomain = (typeof imageDomains)[number];

/** Which operations RandAugment chooses from: those that move pixels, those that change their values, or both. */
export const randAugmentKinds = ['all', 'geometric', 'colour'] as const;

/** How training pictures are varied; 0, `false` and `null` mean: not at all. The contract says the ranges. */
export type AugmentationSettings = {
  readonly domain: ImageDomain;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  readonly quarterTurns: boolean;
  readonly rotation: number;
  readonly shrink: number;
  readonly shift: number;
  readonly perspective: number;
  readonly crop: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
  readonly blur: number;
  readonly noise: number;
  readonly jpeg: number;
  readonly erasing: number;
  readonly randAugment: {
    readonly operations: number;
    readonly magnitude: number;
    readonly kinds: (typeof randAugmentKinds)[number];
  } | null;
  readonly views: number;
};

/** One way of varying a picture. */
export type AugmentationField = Exclude<keyof AugmentationSettings, 'domain' | 'views'>;

/** Every picture as it is. */
export const noAugmentation = {
  domain: 'any',
  flipHorizontal: false,
  flipVertical: false,
  quarterTurns: false,
  rotation: 0,
  shrink: 0,
  shift: 0,
  perspective: 0,
  crop: 0,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  hue: 0,
  blur: 0,
  noise: 0,
  jpeg: 0,
  erasing: 0,
  randAugment: null,
  views: 1,
} as const satisfies AugmentationSettings;

/** Ready sets of settings: nothing, one a kind of picture, and the strong one for networks that learn from nothing. */
export const augmentationPresets = [
  'none',
  ...imageDomains.filter((domain) => domain !== 'any'),
  'strong',
] as const;
export type AugmentationPreset = (typeof augmentationPresets)[number];

/** Cached views of a picture in a preset: each costs one more pass through the frozen part. */
const PRESET_VIEWS = 4;
const some = { ...noAugmentation, views: PRESET_VIEWS };

/**
 * The numbers behind each preset. They change only what cannot change the answer for that kind of picture; what
 * {@link concernsOf} names for a kind is in none of its presets.
 */
const presets: Readonly<Record<AugmentationPreset, AugmentationSettings>> = {
  none: noAugmentation,
  photos: {
    ...some,
    domain: 'photos',
    flipHorizontal: true,
    rotation: 10,
    crop: 0.4,
    brightness: 0.2,
    contrast: 0.2,
    saturation: 0.2,
  },
  // A leaf has no up, and light changes from plot to plot; the hue of a spot is the disease.
  leaves: {
    ...some,
    domain: 'leaves',
    flipHorizontal: true,
    flipVertical: true,
    rotation: 15,
    shrink: 0.15,
    brightness: 0.2,
    contrast: 0.2,
  },
  // Patients stand upright, and the heart is on the left; exposure and position vary a little.
  xray: { ...some, domain: 'xray', rotation: 7, shrink: 0.1, brightness: 0.1, contrast: 0.15, noise: 0.02 },
  // Tissue lies any way round; stain colours and the size of nuclei are what is looked at.
  stains: {
    ...some,
    domain: 'stains',
    flipHorizontal: true,
    flipVertical: true,
    quarterTurns: true,
    brightness: 0.05,
    contrast: 0.05,
  },
  microscopy: {
    ...some,
    domain: 'microscopy',
    flipHorizontal: true,
    flipVertical: true,
    quarterTurns: true,
    rotation: 180,
    brightness: 0.15,
    contrast: 0.15,
    noise: 0.03,
  },
  aerial: {
    ...some,
    domain: 'aerial',
    flipHorizontal: true,
    flipVertical: true,
    quarterTurns: true,
    rotation: 45,
    crop: 0.3,
    brightness: 0.2,
    contrast: 0.2,
    saturation: 0.1,
  },
  // The sign may be a few pixels wide: nothing is covered or blurred, and turns are too small to push much over the edge.
  lesions: {
    ...some,
    domain: 'lesions',
    flipHorizontal: true,
    flipVertical: true,
    rotation: 10,
    shrink: 0.15,
    brightness: 0.1,
    contrast: 0.1,
  },
  text: {
    ...some,
    domain: 'text',
    rotation: 4,
    shrink: 0.1,
    perspective: 0.2,
    brightness: 0.2,
    contrast: 0.2,
    noise: 0.03,
    jpeg: 50,
  },
  // Cubuk et al. 2019, section 4.2: two operations of magnitude 9 for a small network on photographs.
  strong: {
    ...some,
    domain: 'photos',
    flipHorizontal: true,
    crop: 0.5,
    erasing: 0.2,
    randAugment: { operations: 2, magnitude: 9, kinds: 'all' },
  },
};

/** Whether a preset says nothing of what pictures show: it is for those of any kind. */
const isForAny = (preset: AugmentationPreset) => preset === 'none' || preset === 'strong';

/**
 * The settings of a preset. `shown`: what the pictures are known to show; a preset that is for any kind leaves it at that,
 * so that what endangers their labels is still warned of.
 */
export function presetSettings(preset: AugmentationPreset, shown: ImageDomain = 'any'): AugmentationSettings {
  const settings = presets[preset];
  return isForAny(preset) && shown !== 'any' ? { ...settings, domain: shown } : settings;
}

/** The preset whose numbers these are, the number of views aside; `null` where a person changed one. */
export function presetOf(settings: AugmentationSettings): AugmentationPreset | null {
  const isIt = (name: AugmentationPreset) => isEqual(presetSettings(name, settings.domain), settings);
  return augmentationPresets.find(isIt) ?? null;
}

/** Whether two settings do the same to pictures, whatever these show; the number of views aside. */
export function varyAlike(one: AugmentationSettings, other: AugmentationSettings): boolean {
  return isEqual({ ...one, domain: 'any' }, { ...other, domain: 'any' });
}

function isEqual(one: AugmentationSettings, other: AugmentationSettings): boolean {
  const text = (settings: AugmentationSettings) =>
    JSON.stringify(
      Object.keys(noAugmentation)
        .filter((key) => key !== 'views')
        .map((key) => {
          const value = settings[key as keyof AugmentationSettings];
          return value !== null && typeof value === 'object' ? Object.entries(value).sort() : value;
        }),
    );
  return text(one) === text(other);
}

/** Why a way of varying may give a picture another answer. The page and the command line put it into words. */
export type ConcernReason =
  /** The picture has an up. */
  | 'upright'
  /** Left and right are not the same: a heart, a handedness. */
  | 'sided'
  /** Mirrored or turned, letters are others or none. */
  | 'letters'
  /** The colour itself is the sign: a rust's orange, a stain's violet. */
  | 'colour'
  /** There is no colour to change: the pictures are grey. */
  | 'grey'
  /** The sign may be so small or so near the edge that it is cut off or covered. */
  | 'small'
  /** The size of what is shown is the sign: cells, lesions measured by the scale bar. */
  | 'size'
  /** Fine structure is the sign, and is washed out. */
  | 'texture';

/** A setting that endangers labels. */
export type AugmentationConcern = { readonly field: AugmentationField; readonly reason: ConcernReason };

type Rule = {
  readonly field: AugmentationField;
  readonly reason: ConcernReason;
  /** Values up to this one are harmless. */
  readonly upTo?: number;
};
const rule = (field: AugmentationField, reason: ConcernReason, upTo?: number): Rule =>
  upTo === undefined ? { field, reason } : { field, reason, upTo };

const upright = [
  rule('flipVertical', 'upright'),
  rule('quarterTurns', 'upright'),
  rule('rotation', 'upright', 30),
];
const smallSigns = [
  rule('crop', 'small'),
  rule('shift', 'small', 0.05),
  rule('erasing', 'small'),
  rule('blur', 'texture', 0.5),
  rule('jpeg', 'texture', 30),
];
const rules: Readonly<Record<ImageDomain, readonly Rule[]>> = {
  any: [],
  photos: [...upright],
  leaves: [
    rule('rotation', 'small', 45),
    rule('hue', 'colour', 0.02),
    rule('saturation', 'colour', 0.2),
    rule('crop', 'small', 0.3),
  ],
  xray: [
    rule('flipHorizontal', 'sided'),
    ...upright.slice(0, 2),
    rule('rotation', 'upright', 15),
    ...smallSigns,
    rule('perspective', 'size', 0.1),
    rule('saturation', 'grey'),
    rule('hue', 'grey'),
  ],
  stains: [
    rule('hue', 'colour'),
    rule('saturation', 'colour'),
    rule('brightness', 'colour', 0.1),
    rule('contrast', 'colour', 0.1),
    rule('crop', 'size', 0.1),
    rule('shrink', 'size', 0.1),
    rule('perspective', 'size'),
    rule('blur', 'texture', 0.5),
    rule('jpeg', 'texture', 30),
  ],
  microscopy: [
    rule('hue', 'colour', 0.02),
    rule('crop', 'size', 0.2),
    rule('shrink', 'size', 0.2),
    rule('perspective', 'size', 0.1),
    rule('blur', 'texture', 1),
  ],
  aerial: [rule('hue', 'colour', 0.03), rule('perspective', 'size', 0.3)],
  lesions: [
    ...smallSigns,
    rule('rotation', 'small', 15),
    rule('hue', 'colour'),
    rule('saturation', 'colour', 0.1),
    rule('perspective', 'size', 0.1),
    rule('noise', 'texture', 0.05),
  ],
  text: [
    rule('flipHorizontal', 'letters'),
    rule('flipVertical', 'letters'),
    rule('quarterTurns', 'letters'),
    rule('rotation', 'letters', 20),
    rule('crop', 'small', 0.1),
    rule('erasing', 'small'),
  ],
};

/**
 * Which of the settings may change what the right answer is, for the kind of picture that they name; in the order
 * of the settings' fields. RandAugment is judged by what its operations do: all of them change colours, and those
 * that move pixels push some over the edge.
 */
export function concernsOf(settings: AugmentationSettings): readonly AugmentationConcern[] {
  const found = rules[settings.domain].flatMap(({ field, reason, upTo = 0 }) => {
    const value = settings[field];
    return value === true || (typeof value === 'number' && value > upTo) ? [{ field, reason }] : [];
  });
  const strong = randAugmentConcern(settings);
  return strong === null ? found : [...found, { field: 'randAugment', reason: strong }];
}

function randAugmentConcern({ domain, randAugment }: AugmentationSettings): ConcernReason | null {
  if (randAugment === null) return null;
  const has = (field: AugmentationField) => rules[domain].find((each) => each.field === field);
  const colour = randAugment.kinds === 'geometric' ? undefined : (has('hue') ?? has('saturation'));
  const moved = randAugment.kinds === 'colour' ? undefined : has('shift');
  // Where there is no colour, what moves pixels does the harm.
  const reasons = colour?.reason === 'grey' ? [moved, colour] : [colour, moved];
  return reasons.find((each) => each !== undefined)?.reason ?? null;
}

/** Ways that each picture has of lying: itself, mirrored, turned by quarters. `isSquare`: of the training shape. */
export function symmetryCount(settings: AugmentationSettings, isSquare: boolean): number {
  const { flipHorizontal, flipVertical, quarterTurns } = settings;
  const flips = (flipHorizontal ? 2 : 1) * (flipVertical ? 2 : 1);
  if (!quarterTurns) return flips;
  // Turning by half is both flips at once; any flip and quarter turns give all eight symmetries of a square.
  if (isSquare) return flips === 1 ? 4 : 8;
  return flips === 1 ? 2 : 4;
}

/** Whether views differ by more than how the picture lies, so that no two of them are alike. */
export function isDrawn(settings: AugmentationSettings): boolean {
  const { randAugment, rotation, shrink, shift, perspective, crop, blur, noise, jpeg, erasing } = settings;
  const { brightness, contrast, saturation, hue } = settings;
  const amounts = [rotation, shrink, shift, perspective, crop, blur, noise, jpeg, erasing];
  return (
    randAugment !== null || [...amounts, brightness, contrast, saturation, hue].some((value) => value > 0)
  );
}

/** How many different views of a picture are cached: as many as asked for, but never two equal ones. */
export function cachedViewCount(settings: AugmentationSettings, isSquare: boolean): number {
  return isDrawn(settings) ? settings.views : Math.min(settings.views, symmetryCount(settings, isSquare));
}
