import type { Augmentation } from '../../../../shared/contract/augmentation.ts';
import { concernsOf, isDrawn, presetOf } from '../../../../shared/domain/augmentation.ts';
import type { Format } from './format.ts';
import { type AugmentationWords, concernText } from './language/augmentation.ts';
import type { Messages } from './language/messages.ts';

/** How training pictures were varied, as one sentence for the method section: what, how much, how many views. */
export function augmentationText(used: Augmentation, words: Messages, format: Format): string {
  const own = words.augmentation;
  const parts = [
    ...(used.flipHorizontal || used.flipVertical
      ? [words.flips(used.flipHorizontal, used.flipVertical)]
      : []),
    ...(used.quarterTurns ? [own.changes.quarterTurns] : []),
    ...amounts(used, own, format),
    ...(used.randAugment
      ? [own.randAugment(format.whole(used.randAugment.operations), format.whole(used.randAugment.magnitude))]
      : []),
  ];
  if (parts.length === 0) return words.none;
  const preset = presetOf(used);
  const kind = used.domain === 'any' ? [] : [own.pictures(own.domains[used.domain], preset)];
  const dangers = concernsOf(used).map((concern) => concernText(concern, own));
  const views = isDrawn(used) || used.views > 1 ? [words.views(used.views)] : [];
  return [...kind, ...parts, ...views, ...dangers].join('; ');
}

function amounts(used: Augmentation, { changes, around, upTo }: AugmentationWords, format: Format): string[] {
  const share = (value: number) => format.percent(value, 0);
  const degrees = (value: number) => `${format.plain(value)}°`;
  const pixels = (value: number) => `${format.plain(value)} px`;
  const rows = [
    ['rotation', around, degrees],
    ['shrink', upTo, share],
    ['shift', around, share],
    ['perspective', upTo, share],
    ['crop', upTo, share],
    ['brightness', around, share],
    ['contrast', around, share],
    ['saturation', around, share],
    ['hue', around, (value: number) => format.percent(value, 1)],
    ['blur', upTo, pixels],
    ['noise', upTo, (value: number) => format.percent(value, 1)],
    ['jpeg', upTo, format.plain],
    ['erasing', upTo, share],
  ] as const;
  return rows.flatMap(([field, phrase, amount]) =>
    used[field] > 0 ? [phrase(changes[field], amount(used[field]))] : [],
  );
}
