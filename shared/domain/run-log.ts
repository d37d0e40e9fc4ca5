/**
 * What is said in a run's log while it is trained. Pages word each in every language, with values that go by the names
 * in braces; lines of other codes are shown as they were written.
 */
export const runLogCodes = [
  // Blocks: {block} {epoch}. Phases: {phase}, with the losses {before} and {after} and the probability {p}. {penalty} {folds}.
  'TRAIN_THAWED',
  'TRAIN_REFROZEN',
  'TRAIN_KEPT',
  'TRAIN_UNDONE',
  'TRAIN_NOT_TRIED',
  'TRAIN_NOT_JUDGED',
  'TRAIN_PENALTY',
  // Images at a time: {before} {after} {step}; the same; {before} {after}; {batch} {enough}.
  'TRAIN_SMALLER_BATCH',
  'TRAIN_SMALLER_STATISTICS',
  'SMALLER_PASS',
  'TRAIN_NOISY_STATISTICS',
  // Nothing: of a job that is no training.
  'NEW_PROCESS',
  // {before} {after}; {how}; nothing; {executor} {reason}.
  'TRAIN_OTHER_EXECUTOR',
  'TRAIN_ENDED_BY_SYSTEM',
  'TRAIN_NEW_PROCESS',
  'TRAIN_WITHOUT_EXECUTOR',
  // An image: {file}, and why, as {code} of a failure with its own values.
  'imageFailed',
] as const;
export type RunLogCode = (typeof runLogCodes)[number];
