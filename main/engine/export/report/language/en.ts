import { enAugmentation } from './augmentation.ts';
import type { Messages } from './messages.ts';

const images = (count: number, shown: string): string => `${shown} ${count === 1 ? 'image' : 'images'}`;

/** The report in English. */
export const en: Messages = {
  title: (run) => `Results of ${run}`,
  headline: (right, giveOrTake) =>
    giveOrTake === null ? `${right} of 100 right` : `${right} of 100 right, give or take ${giveOrTake}`,
  headlineSets: (right, giveOrTake) =>
    `${right} of 100 images with every label right${giveOrTake === null ? '' : `, give or take ${giveOrTake}`}`,
  notJudged: 'Not judged: no image could be held back for testing',
  tested: (count, shown) => `${images(count, shown)} tested, each by a model that had never seen it.`,
  beforeYouBelieve: 'Before you believe the number',
  weakest: (found, of, share, range) => `${found} of ${of} found (${share}; 95\u00a0% interval ${range})`,
  weakestLabel: 'Weakest class',
  interval95: '95\u00a0% interval',
  terms: {
    accuracy: 'accuracy',
    balancedAccuracy: 'balanced accuracy',
    macroF1: 'macro F1',
    subsetAccuracy: 'subset accuracy',
    precision: 'precision',
    recall: 'recall',
    f1: 'F1',
  },
  plainTerms: {
    accuracy: 'Images right',
    balancedAccuracy: 'Right, every class counting the same',
    macroF1: 'Found and not over-called, mean of the classes',
    subsetAccuracy: 'Images with every label right',
  },
  classColumns: { recall: 'Found', precision: 'Right when named', f1: 'Both together' },
  explain: {
    precision: 'of the answers that name the class, how many are right',
    recall: 'of the images of the class, how many are found',
    f1: 'the harmonic mean of the two',
  },
  headings: {
    rivals: 'Against its rivals',
    classes: 'Class by class',
    confusion: 'What is taken for what',
    mistakes: 'Worst mistakes',
    doubts: 'Labels to check',
    certainty: 'Whether its certainty can be trusted',
    curves: 'How it learned',
    recipe: 'Recipe',
    split: 'How it was tested',
    export: 'Export certificate',
    record: 'Record',
  },
  columns: {
    strategy: 'How it learned',
    right: 'Right',
    balanced: 'Classes weighted equally',
    time: 'Time',
    class: 'Class',
    images: 'Images',
    fold: 'Part',
    phase: 'Phase',
    learns: 'What learns',
    epochs: 'Epochs at most',
    rate: 'Rate',
    backboneRate: 'Last block ×',
    blockDecay: 'Each block below ×',
    weightDecay: 'Weight decay',
    schedule: 'Schedule',
    warmUp: 'Warm-up',
    epoch: 'Epoch',
    trainLoss: 'Loss, training',
    heldOutLoss: 'Loss, held out',
    trainRight: 'Right, training',
    heldOutRight: 'Right, held out',
  },
  strategies: {
    featureExtraction: { plain: 'Only the new part learns', term: 'feature extraction' },
    fineTuning: { plain: 'The network adjusts too', term: 'fine-tuning' },
    hybrid: {
      plain: 'First the new part, then the network adjusts',
      term: 'feature extraction, then fine-tuning',
    },
    scratch: { plain: 'A small network learns from nothing', term: 'training from scratch' },
  },
  commonest: { plain: 'Always the commonest class', term: 'looks at no picture' },
  guessCaption:
    'Dot: share right; bar: its 95\u00a0% interval, on a line from 0 to 100\u00a0%. Dashed: always the commonest class.',
  foldsVary: (mean, deviation) => `Mean of the parts ${mean}, standard deviation ${deviation} points.`,
  thisRun: 'this run',
  better: (v) =>
    `${v.second} did better than ${v.first}: ${v.points} points (95\u00a0% interval ${v.low} to ${v.high}). Chance alone would hardly give this (${v.test}, p\u00a0${v.p}${v.comparisons > 1 ? `, corrected for ${v.comparisons} comparisons` : ''}).`,
  worse: (v) =>
    `${v.second} did worse than ${v.first}: ${v.points} points (95\u00a0% interval ${v.low} to ${v.high}). Chance alone would hardly give this (${v.test}, p\u00a0${v.p}${v.comparisons > 1 ? `, corrected for ${v.comparisons} comparisons` : ''}).`,
  noEvidence: (v) =>
    `No evidence of a difference between ${v.first} and ${v.second}: ${v.points} points (95\u00a0% interval ${v.low} to ${v.high}; ${v.test}, p\u00a0${v.p}${v.comparisons > 1 ? `, corrected for ${v.comparisons} comparisons` : ''}). That does not make them equal.`,
  tellable: (v, points) =>
    `They differ on ${v.differing} of ${v.images} images; a lead of less than ${points} points could not have been told from chance.`,
  tooFewDiffer: (v) =>
    `They differ on ${v.differing} of ${v.images} images; on so few no difference can be told from chance, whichever way they fall.`,
  groupsTell:
    'Images come in groups, which count as one each: groups, not images, decide how much can be told.',
  tests: { mcnemar: 'exact McNemar test', groupSwap: 'test that swaps the two results group by group' },
  whatCanBeTold: (count, standardError) =>
    `With ${count} images tested, one standard error of the share right is ${standardError} points. Differences of that size come and go by chance; telling them apart needs more images.`,
  noRivals: 'No other strategy was trained on these images, so whether pretraining helped is not known.',
  confusionCaption: 'Rows: the label. Columns: the answer. Shading: share of the row.',
  labelledAs: 'Labeled',
  answeredAs: 'Answer',
  noConfusion: 'With several labels an image there is no table of what is taken for what.',
  pair: (count, shown, share) => `${images(count, shown)} (${share} of the class)`,
  doubtsLead: (count, labels, listed) =>
    `${labels} ${count === 1 ? 'label looks' : 'labels look'} wrong to a model that had not learned ${count === 1 ? 'it' : 'them'}${listed < count ? `; the ${listed} most doubtful are listed` : ''}. The model may be the one that errs: look before you change anything.`,
  doubtColumns: { file: 'File', sureOfLabel: 'Sure of the label' },
  noDoubts:
    'No label looks wrong to a model that had not learned it. Labels that all are wrong alike would not be found.',
  doubtsFew: (enough) =>
    `A class has fewer than ${enough} tested images: what a usual answer to them is, is hardly known. Take this for a hint at most.`,
  certaintyLead: 'Where it says 90\u00a0% sure, 9 of 10 answers should be right.',
  certaintyFew: (count, shown) =>
    `Only ${images(count, shown)} ${count === 1 ? 'was' : 'were'} tested, a few in each line: by chance alone the shares vary by many points and the gap comes out too large. Take this for a first impression.`,
  certaintyColumns: { said: 'Said to be sure', sure: 'Mean', right: 'Right' },
  certaintyRows: {
    expectedError: 'Mean gap (expected calibration error)',
    brier: 'Brier score, 0 is best',
    logLoss: 'Log loss, 0 is best',
    topTwo: 'Right class among the two most likely',
  },
  pointsUnit: 'points',
  noMistakes: 'No tested image was answered wrongly.',
  mistake: (sure) => `${sure} sure`,
  noPicture: 'no picture',
  nothingElse: 'none',
  curveLoss: 'Loss',
  curveRight: 'Share right',
  training: 'training',
  heldOut: 'held out to stop in time',
  curvesCaption: (models) =>
    models > 1
      ? `Thick: mean of ${models} models; thin: each model. The held-out part lies inside the training part; the tested images are in neither.`
      : 'The held-out part lies inside the training part; the tested images are in neither.',
  curveSummary: (what, first, last, heldOut) =>
    `${what}: training from ${first} to ${last}${heldOut === null ? '' : `, held out at last ${heldOut}`}`,
  noCurves: 'No curves were recorded.',
  numbers: 'The numbers',
  phases: {
    head: 'Only the new part learns',
    fineTuning: 'The network adjusts too',
    scratch: 'Everything learns',
  },
  schedules: {
    cosine: 'cosine',
    constant: 'constant',
    oneCycle: 'one cycle',
    slantedTriangular: 'slanted triangular',
    step: 'in steps',
    plateau: 'lower on a plateau',
  },
  onlyHead: 'the new part',
  recipeRows: {
    strategy: 'Strategy',
    backbone: 'Pretrained network',
    input: 'Input',
    features: 'Features',
    head: 'New part',
    batch: 'Batch',
    optimiser: 'Optimiser',
    loss: 'Loss',
    average: 'Average of the weights',
    l2sp: 'L2-SP',
    smoothing: 'Label smoothing',
    weights: 'Class weights',
    clip: 'Gradients shortened to',
    augmentation: 'Augmentation',
    stopping: 'Early stopping',
    batchNorm: 'Normalisation',
    seed: 'Seed',
  },
  batch: (images, gathered) =>
    gathered === null ? images : `${images}, gradients of ${gathered} batches gathered for a step`,
  optimiser: { adamw: 'AdamW', sgd: 'SGD' },
  momentum: (momentum, nesterov) => `momentum ${momentum}${nesterov ? ' (Nesterov)' : ''}`,
  decayed: {
    weights: 'no decay of biases and normalisations',
    everything: 'decay of biases and normalisations too',
  },
  loss: (gamma) => (gamma === null ? 'cross-entropy' : `focal, gamma ${gamma}`),
  ema: (decay, warmUp) =>
    `exponential moving average, decay ${decay}${warmUp === 'none' ? '' : warmUp === 'ramp' ? ', growing to it' : ', bias corrected'}`,
  swa: (start, rate) =>
    `equal average of the ends of epochs (SWA) after ${start} of each phase${rate === null ? '' : `, rate held at ${rate} of its peak`}`,
  l2sp: (alpha, beta) => `alpha ${alpha}, beta ${beta}, in place of weight decay`,
  drop: (schedule, factor, epochs) => `${schedule}: × ${factor}, ${epochs} epochs`,
  noBackbone: 'none: learned from nothing',
  input: (shape, size) =>
    `${shape === 'aspect' ? "the photos' own aspect" : 'squashed to a square'}, short side ${size === null ? 'as the network’s card says' : `${size} px`}`,
  features: { last: 'of the last stage', multiLevel: 'of several stages side by side' },
  head: (hidden, dropout) =>
    `${hidden === null ? 'linear' : `hidden layer of ${hidden}`}, dropout ${dropout}`,
  weights: { none: 'none', balanced: 'rare classes count more' },
  none: 'none',
  flips: (horizontal, vertical) =>
    horizontal && vertical
      ? 'mirrored both ways'
      : horizontal
        ? 'mirrored left–right'
        : 'mirrored top–bottom',
  views: (count) => (count === 1 ? '1 view an image' : `${count} views an image`),
  augmentation: enAugmentation,
  stopping: (patience, share) =>
    patience === null
      ? 'none: every epoch was run'
      : `after ${patience} epochs without improvement, watching ${share} of the training part; the best weights are kept`,
  batchNorm: {
    folded: 'batch normalisation folded into the convolutions',
    inference: 'batch normalisation with the statistics it came with',
    group: 'over groups of channels within each image',
    batch: (momentum) =>
      `over the batch where the network learns, running statistics for the answers (momentum ${momentum})`,
  },
  evaluation: {
    kFold: (folds, seed) =>
      `${folds} parts of equal class shares (stratified cross-validation, seed ${seed}): each part is tested by a model trained on the others.`,
    holdOut: (share, seed) =>
      `${share} of the images, with the class shares of the whole, were kept back for testing (seed ${seed}).`,
    stated: () => 'Parts as stated with the data: each is tested by a model trained on the others.',
  },
  groups: (groups) => `Images that belong together were never separated: ${groups} groups.`,
  noGroups:
    'No groups were stated. If several images show the same plant, patient or place, the result is too good: state what belongs together.',
  notes: {
    duplicatesTogether: (v) =>
      `${v.images} images are exact copies of one another (${v.sets} sets); copies were kept on one side.`,
    fewerFolds: (v) =>
      `${v.made} parts instead of ${v.asked}: there are not enough images that can be separated.`,
    cannotValidate: () => 'There are too few images to hold any back: how good the model is cannot be said.',
    classesInFewFolds: (v) =>
      `Classes with fewer images than parts, so that some parts do not test them: ${v.names}.`,
    classesNeverLearned: (v) =>
      `Classes all of whose images are tested together, so that they had not been learned when tested: ${v.names}.`,
    emptyPart: (v) => `Nothing could be spared for the ${v.part} part.`,
    classesMissing: (v) =>
      `Classes absent from the ${v.part} part, of which nothing can be said: ${v.names}.`,
    unevenFolds: (v) => `Large groups make the parts uneven: from ${v.smallest} to ${v.largest} images.`,
    statedFoldOverruled: (v) =>
      `${v.images} images were moved from their stated part to where their copy or group is.`,
    withoutStatedFold: (v) => `${v.images} images have no stated part and were not tested.`,
    imagesLeftOut: (v) => `${v.images} images could not be read and were left out.`,
    smallTest: (v) => `Only ${v.images} images were tested: one standard error is ${v.points} points.`,
    severalSeeds: (v) =>
      `Over ${v.seeds} trainings that differ in their seeds alone, ${v.mean} % ± ${v.deviation} points are right (mean ± standard deviation).`,
    intervalsByGroup: (v) =>
      `Intervals are made by drawing whole groups (${v.groups}), since images of a group are alike.`,
    collapsed: (v) =>
      `Nearly all answers (${v.share}) are one class: ${v.name}. The model has hardly learned to tell classes apart.`,
    notBetterThanBaseline: () =>
      'As far as can be told, this is no better than always answering the commonest class.',
  },
  parts: { train: 'training', validation: 'validation', test: 'test' },
  exportPassed: (count) =>
    `The exported model answers like the trained one, from the image files on (${count} images).`,
  exportFailed: (count) =>
    `The exported model does not answer like the trained one (${count} images). Do not use it.`,
  exportRows: {
    maxDifference: 'Largest difference of a probability',
    meanDifference: 'Mean difference',
    agreement: 'Same answer',
    tolerance: 'Allowed',
    file: 'File',
    size: 'Size',
    sha256: 'SHA-256',
    runtime: 'Runtime',
  },
  noExport: 'This run has not been exported.',
  recordRows: {
    run: 'Run',
    started: 'Started',
    seconds: 'Time',
    images: 'Images',
    dataHash: 'Data (SHA-256)',
    computing: 'Computed by',
    notUsed: 'Not computed by',
  },
  notMeasured: 'not measured',
  measuredRate: (rate) => `measured at ${rate} images/s when training`,
  recordMore: 'All that was recorded',
  written: (date, program) => `Written ${date} by ${program}.`,
  method:
    "Intervals: Wilson's for shares, a bootstrap for F1; whole groups are drawn where images come in groups. Tests are two-sided; several comparisons are corrected by Holm's method.",
};
