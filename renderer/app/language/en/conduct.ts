/** In which order a network learns, when a phase ends and whether it counts, each with what it does in a sentence. */
export const conduct = {
  thaw: 'When its blocks begin to learn',
  thaws: {
    atOnce: { name: 'All at once', what: 'Every block of the phase learns from its first epoch.' },
    schedule: {
      name: 'One by one, by schedule',
      what: 'From the new part downwards, one more block every few epochs (gradual unfreezing).',
    },
    performance: {
      name: 'One by one, when it stops improving',
      what: 'A block that brings nothing is frozen again, exactly as it was.',
    },
  },
  start: 'Blocks that learn at first',
  every: 'Epochs until the next block',
  patience: 'Epochs without improvement',
  improvement: 'Smallest fall of the error that counts',
  ulmfit: 'Set everything as ULMFiT does',
  ulmfitWhat: 'One block an epoch, each at the rate of the one above ÷ 2.6, slanted triangular schedule.',
  stopping: 'What ends the phase early',
  stops: { recipe: 'The recipe’s patience', never: 'Nothing', patience: 'Its own patience' },
  mixup: 'Blend pairs of images (mixup α)',
  mixupWhat: '0: not at all; 0.2 usual. Labels are blended alike.',
  cutmix: 'Paste pieces of other images (CutMix α)',
  cutmixWhat: '0: not at all; 1 usual. One or the other in each step if both are on.',
  cutmixNeedsPixels:
    'Needs the images themselves: possible where the whole network learns, or one learns from nothing.',
  probe: 'How the new part is found',
  probes: {
    gradient: { name: 'Step by step', what: 'By the rate and the epochs above.' },
    crossValidated: {
      name: 'In one go, its penalty chosen',
      what: 'The best linear answer there is; how strongly it is held back (L2 penalty) is chosen by cross-validation among the images it learns from. Rates, epochs and dropout above do not matter.',
    },
  },
  probeFolds: 'Parts to choose the penalty in',
  keep: 'Whether the phase counts',
  keeps: {
    always: { name: 'Always', what: 'What it learned is kept.' },
    ifBetter: {
      name: 'Only if it helps',
      what: 'Undone unless the part that watches answers better, by a paired test. Later phases of this kind are then not tried.',
    },
  },
  level: 'Level of the test',
  needsWatching: 'This is decided by a part that watches, and none is set aside yet.',
  setAside: 'Set 15 % aside',
  deeper: 'Add a phase that goes deeper, if it helps',
  removePhase: 'Remove this phase',
  cache: 'Descriptions of images kept on disk',
  cacheWhat:
    '{{size}} kept, at most {{limit}}. They save computing each image again; the ones not used the longest make room for new ones.',
  cacheShare: 'Share of the free disk they may take',
  clearCache: 'Remove them',
  depth: 'Leave residual blocks out at random (stochastic depth)',
  depthWhat: '0: never; 0.1 usual. Only blocks that learn, the last one the most.',
  batchNorm: 'Batch normalisation of what learns',
  batchNorms: {
    inference: {
      name: 'As it came (inference mode)',
      what: 'The pretrained statistics stay: right for most projects, above all with few images or small batches.',
    },
    adapted: {
      name: 'Adapted to your images',
      what: 'The statistics follow your images while they are learned: worth comparing with many images unlike everyday photos, 16 or more a step; with few images it can answer worse.',
    },
  },
  scratchNorm: 'Normalisation',
  scratchNorms: {
    group: {
      name: 'Within each image (group)',
      what: 'Does not depend on how many images make a step: right for small batches.',
    },
    batch: {
      name: 'Over the batch',
      what: 'As most published networks do it: with 16 or more images a step.',
    },
  },
  normMomentum: 'Share of a batch in the running statistics',
  normMomentumWhat: '0.1 is usual (PyTorch’s momentum); less where batches differ a lot.',
  normSmallBatch: 'Statistics of fewer than {{images, number}} images a step are noisy.',
  precision: 'Descriptions kept on disk',
  precisions: { half: 'In 16 bits a number', single: 'In 32 bits: twice the disk, not rounded' },
} as const;
