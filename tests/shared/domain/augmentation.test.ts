import { describe, expect, it } from 'vitest';
import {
  type AugmentationField,
  type AugmentationSettings,
  augmentationPresets,
  concernsOf,
  imageDomains,
  noAugmentation,
  presetOf,
  presetSettings,
  varyAlike,
} from '../../../shared/domain/augmentation.ts';

const uses = (preset: (typeof augmentationPresets)[number], field: AugmentationField) => {
  const value = presetSettings(preset)[field];
  return value !== false && value !== 0 && value !== null;
};

describe('presets', () => {
  it.each(augmentationPresets)('%s endangers no label of its kind of picture', (preset) => {
    expect(concernsOf(presetSettings(preset))).toEqual([]);
  });

  it.each([
    ['xray', ['flipHorizontal', 'flipVertical', 'quarterTurns', 'crop', 'erasing', 'hue', 'saturation']],
    ['stains', ['hue', 'saturation', 'blur', 'crop', 'randAugment']],
    ['leaves', ['hue', 'saturation', 'crop', 'randAugment']],
    ['lesions', ['crop', 'shift', 'erasing', 'blur', 'hue', 'randAugment']],
    ['text', ['flipHorizontal', 'flipVertical', 'quarterTurns', 'erasing']],
    ['photos', ['flipVertical', 'quarterTurns']],
    ['microscopy', ['hue', 'crop', 'blur']],
  ] as const)('%s leaves out %j', (preset, fields) => {
    expect(fields.filter((field) => uses(preset, field))).toEqual([]);
  });

  it('are recognised by their numbers, whatever the views and the order of the fields', () => {
    for (const preset of augmentationPresets) {
      const settings = presetSettings(preset);
      expect(presetOf({ ...settings, views: 7 })).toBe(preset);
      expect(presetOf(Object.fromEntries(Object.entries(settings).reverse()) as typeof settings)).toBe(
        preset,
      );
      expect(presetOf({ ...settings, shrink: 0.33 })).toBeNull();
    }
    expect(presetOf({ ...noAugmentation, flipHorizontal: true })).toBeNull();
  });
});

describe('what the pictures show', () => {
  it('is kept by presets that are for any kind, so that they are warned of where they endanger labels', () => {
    const strong = presetSettings('strong', 'xray');
    expect(strong).toEqual({ ...presetSettings('strong'), domain: 'xray' });
    expect(presetOf(strong)).toBe('strong');
    const fields = concernsOf(strong).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['flipHorizontal', 'crop', 'erasing', 'randAugment']));
    expect(varyAlike(strong, { ...presetSettings('strong'), views: 9 })).toBe(true);
    expect(varyAlike(strong, { ...strong, hue: 0.1 })).toBe(false);
    expect(presetOf(presetSettings('none', 'stains'))).toBe('none');
    expect(presetSettings('none', 'stains').domain).toBe('stains');
    expect(presetSettings('leaves', 'xray')).toEqual(presetSettings('leaves'));
  });
});

describe('concerns', () => {
  const everything: AugmentationSettings = {
    ...noAugmentation,
    ...{
      flipHorizontal: true,
      flipVertical: true,
      quarterTurns: true,
      rotation: 180,
      shrink: 0.5,
      shift: 0.5,
    },
    ...{
      perspective: 1,
      crop: 0.9,
      brightness: 0.5,
      contrast: 0.5,
      saturation: 1,
      hue: 0.5,
      blur: 5,
      noise: 0.25,
    },
    ...{ jpeg: 95, erasing: 0.5, randAugment: { operations: 2, magnitude: 9, kinds: 'all' as const } },
  };

  it('are raised in every named kind of picture, each setting once, and in none where nobody said', () => {
    expect(concernsOf(everything)).toEqual([]);
    for (const domain of imageDomains.filter((each) => each !== 'any')) {
      const fields = concernsOf({ ...everything, domain }).map((concern) => concern.field);
      expect(fields.length).toBeGreaterThan(0);
      expect(new Set(fields).size).toBe(fields.length);
      expect(concernsOf({ ...noAugmentation, domain })).toEqual([]);
    }
  });

  it('say why', () => {
    expect(concernsOf({ ...noAugmentation, domain: 'xray', flipVertical: true })).toEqual([
      { field: 'flipVertical', reason: 'upright' },
    ]);
    expect(concernsOf({ ...noAugmentation, domain: 'stains', hue: 0.01 })).toEqual([
      { field: 'hue', reason: 'colour' },
    ]);
  });

  it('judge RandAugment by the operations it may choose', () => {
    const of = (kinds: 'all' | 'geometric' | 'colour', domain: (typeof imageDomains)[number]) =>
      concernsOf({ ...noAugmentation, domain, randAugment: { operations: 1, magnitude: 9, kinds } });
    expect(of('geometric', 'stains')).toEqual([]);
    expect(of('colour', 'stains')).toEqual([{ field: 'randAugment', reason: 'colour' }]);
    expect(of('geometric', 'lesions')).toEqual([{ field: 'randAugment', reason: 'small' }]);
    expect(of('all', 'photos')).toEqual([]);
    expect(of('all', 'xray')).toEqual([{ field: 'randAugment', reason: 'small' }]);
    expect(of('colour', 'xray')).toEqual([{ field: 'randAugment', reason: 'grey' }]);
  });
});
