import type { ErrorParams } from '../../../../shared/domain/errors.ts';
import type { RefusalReason } from '../../../../shared/domain/refusals.ts';
import { NetworkError } from '../../graph/errors.ts';

const sameSize = 'Make the reference again with images of the size that the network takes.';
/** What to do about a reference that does not fit. */
const advice: Readonly<Partial<Record<RefusalReason, string>>> = {
  referenceImages: 'Add them, or name a folder of images.',
  referenceColours: 'Save them as red, green and blue.',
  referenceRows: 'Make the reference again with one row an image.',
  referenceNumbers: 'Make it again with this network in evaluation mode.',
  referenceProbabilities:
    'Save the features, or what the network gives before its softmax; or compare the first class only.',
  referenceLength: 'Make the reference again with this network.',
  referenceSize: sameSize,
  referenceImageSize: `${sameSize} Or compare the first class only: that takes any size.`,
  referenceNoClassifier: 'Make the reference again with the features that the network gives.',
  referenceFolder: 'Choose another folder.',
  referenceNames: 'Put the image there, or choose another folder.',
  referenceFile: 'Save the reference as .safetensors, or with numpy.savez or numpy.save.',
};

/** A reference that cannot be used, by a reason that a page can put into words. */
export function referenceError(reason: RefusalReason, why: string, params: ErrorParams = {}): NetworkError {
  const said = [`The reference cannot be used: ${why.replace(/\.$/, '')}.`, advice[reason]]
    .filter(Boolean)
    .join(' ');
  return new NetworkError('WEIGHTS_MISMATCH', said, { reason, params });
}
