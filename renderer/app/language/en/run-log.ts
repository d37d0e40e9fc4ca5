import type { RunLogCode } from '../../../../shared/domain/run-log.ts';

/** What a run says of itself while it is trained. */
export const runLog = {
  TRAIN_THAWED: 'From epoch {{epoch}} on the block “{{block}}” learns too.',
  TRAIN_REFROZEN:
    'The block “{{block}}” brought no improvement: from epoch {{epoch}} on it is frozen again, with the weights from before.',
  TRAIN_KEPT:
    'Phase {{phase}} is kept: loss {{before}} before, {{after}} after on the images that watch (p = {{p}}).',
  TRAIN_UNDONE:
    'Phase {{phase}} is undone: loss {{before}} before, {{after}} after on the images that watch (p = {{p}}).',
  TRAIN_NOT_TRIED: 'Phase {{phase}} is not tried: the one before it brought no improvement.',
  TRAIN_NOT_JUDGED:
    'Phase {{phase}} is not tried: too few images are left to watch, so nothing could say whether it helps.',
  TRAIN_PENALTY:
    'The penalty of the new part is {{penalty}}, chosen in {{folds}} parts of the images it learns from.',
  TRAIN_SMALLER_BATCH:
    'Not enough memory for {{before}} images at a time: going on with {{after}}. A step is still made of {{step}} images, so what is learned is the same; it takes longer.',
  TRAIN_SMALLER_STATISTICS:
    'Not enough memory for {{before}} images at a time: going on with {{after}}. A step is still made of {{step}} images, but batch normalisation goes by fewer at a time than the recipe says.',
  SMALLER_PASS:
    'Not enough memory for {{before}} images at a time: going on with {{after}}. The results are the same; it takes longer.',
  NEW_PROCESS:
    'Memory ended. A new process does what is left with fewer images at a time. The results are the same; it takes longer.',
  TRAIN_NOISY_STATISTICS:
    'Batch normalisation goes by {{batch}} images at a time; statistics of fewer than {{enough}} are noisy. Larger batches, or another normalisation, may learn better.',
  TRAIN_OTHER_EXECUTOR:
    'This training began with {{before}} and goes on with {{after}}: its weights will differ in the last digits from those of an uninterrupted one.',
  TRAIN_ENDED_BY_SYSTEM:
    'The system ended the training process ({{how}}), most likely for want of memory. It goes on from the last checkpoint with fewer images at a time.',
  TRAIN_NEW_PROCESS:
    'Not all memory that failed attempts took is given back. The training goes on from its last checkpoint in a new process with fewer images at a time.',
  TRAIN_WITHOUT_EXECUTOR:
    '{{executor}} stopped computing. The training goes on from its last checkpoint with ONNX Runtime on the processor.',
  imageFailed: 'Left out: {{reason}}',
} satisfies Record<RunLogCode, string>;
