/** The Results place. */
export const results = {
  empty: {
    title: 'No result yet',
    text: 'After a training you see here how many of 100 images it gets right, give or take, and which it gets wrong.',
    go: 'Go to Train',
  },
  runs: 'Trainings',
  headline: '{{right}} of 100 right, give or take {{give}}',
  headlineExact:
    'Accuracy {{value}}, 95 % interval {{low}} to {{high}}; {{tested, number}} images, each tested by a network that never saw it.',
  headlineMulti: 'in {{right}} of 100 images every label right, give or take {{give}}',
  balanced: 'Each class counting the same: {{value}} ({{low}} to {{high}})',
  worst: 'Hardest class: “{{name}}”, {{right}} of 100 found',
  baseline: 'Always answering the commonest class: {{value}} of 100 right',
  noNumber: 'There is no honest number for this training: nothing could be tested.',
  state: {
    waiting: 'waiting',
    running: 'running',
    paused: 'paused',
    done: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
    interrupted: 'interrupted',
  },
  strategy: {
    hybrid: 'hybrid',
    featureExtraction: 'feature extraction',
    fineTuning: 'fine-tuning',
    scratch: 'from scratch',
  },
  confusion: {
    title: 'Which is taken for which',
    term: 'confusion matrix',
    why: 'Rows: what the images are. Columns: what the network answered. A cell opens its images.',
    row: 'is',
    column: 'answered',
    cell_one: '{{count, number}} image of “{{truth}}” answered “{{answer}}”',
    cell_other: '{{count, number}} images of “{{truth}}” answered “{{answer}}”',
  },
  classes: {
    title: 'Class by class',
    name: 'Class',
    support: 'Images',
    precision: 'Precision',
    precisionWhy: 'Of the images it called this class, how many are.',
    recall: 'Recall',
    recallWhy: 'Of the images of this class, how many it found.',
    f1: 'F1',
    f1Why: 'The harmonic mean of precision and recall.',
    undefined: 'not defined: no such answer',
  },
  mistakes: {
    title: 'Worst mistakes',
    why: 'Wrong answers given with the most confidence: hard images, or wrong labels.',
    none: 'Not one tested image was answered wrongly.',
    answer: '“{{answer}}” instead of “{{truth}}”',
    nothing: 'none',
    sure: 'sure to {{value}}',
    open: 'Open the image',
    inCell_one: '{{count, number}} image of “{{truth}}” answered “{{answer}}”',
    inCell_other: '{{count, number}} images of “{{truth}}” answered “{{answer}}”',
    openAll: 'Open them in Images',
    showAll: 'Show all {{count, number}}',
  },
  computed: {
    title: 'What computed it',
    why: {
      fastest: 'The fastest that was right when this computer was measured.',
      forced: 'Chosen by hand for this training, or in Settings.',
      only: 'Nothing else had been measured, or could be used.',
      replaced: 'In the place of what it began with; the log of the training says why.',
    },
    everything: '{{name}} {{where}} computed everything.',
    training: '{{name}} {{where}} trained.',
    forward: '{{name}} {{where}} described and predicted the images.',
    processor: 'on the processor',
    device: 'on {{device}}',
    measured: 'Measured before: {{rates}}.',
    notMeasured: 'It had not been measured.',
    others_one: '{{count, number}} other way was not used',
    others_other: '{{count, number}} other ways were not used',
  },
  folds: {
    title: 'Part by part',
    part: 'Part {{number}}',
    why: 'How much the result moves from one part of the images to another.',
  },
  compare: {
    title: 'Against another training',
    pick: 'Compare with…',
    none: 'Train a second way, for instance from nothing, to see whether this one is really better.',
    better:
      'This one is better: {{points}} of 100 more right ({{low}} to {{high}}), on the same {{images, number}} images.',
    worse:
      'The other is better: {{points}} of 100 more right ({{low}} to {{high}}), on the same {{images, number}} images.',
    noEvidence:
      'With {{images, number}} images no difference can be told: {{points}} of 100 ({{low}} to {{high}}).',
    detail:
      'Right only here: {{first, number}}. Right only there: {{second, number}}. Exact McNemar test, p = {{p}}.',
  },
  note: {
    duplicatesTogether_one: '{{count, number}} exact copy was kept on the same side as its original.',
    duplicatesTogether_other: '{{count, number}} exact copies were kept on the same side as their originals.',
    fewerFolds:
      '{{made, number}} parts instead of {{asked, number}}: there are not enough independent images for more.',
    cannotValidate: 'There are too few independent images to test anything: no number here can be trusted.',
    classesInFewFolds: 'Fewer images than parts in: {{names}}. Their results are very uncertain.',
    classesNeverLearned:
      'All images of {{names}} belong together, so they were never learned when they were tested.',
    emptyPart: 'One part of the split is empty ({{part}}).',
    classesMissing: 'No image of {{names}} in one part of the split ({{part}}).',
    unevenFolds: 'The parts differ in size: {{smallest, number}} to {{largest, number}} images.',
    statedFoldOverruled_one:
      '{{count, number}} image was moved to another part than stated, because a copy or its group sits there.',
    statedFoldOverruled_other:
      '{{count, number}} images were moved to another part than stated, because a copy or their group sits there.',
    withoutStatedFold_one: '{{count, number}} image has no stated part: learned from, never tested.',
    withoutStatedFold_other: '{{count, number}} images have no stated part: learned from, never tested.',
    imagesLeftOut_one: '{{count, number}} image could not be read and was left out.',
    imagesLeftOut_other: '{{count, number}} images could not be read and were left out.',
    smallTest_one:
      'Only {{count, number}} image was tested: one standard error is {{points, number}} points.',
    smallTest_other:
      'Only {{count, number}} images were tested: one standard error is {{points, number}} points.',
    severalSeeds:
      'Over {{seeds, number}} trainings that differ in their seeds alone, {{mean, number}} % ± {{deviation, number}} points are right (mean ± standard deviation).',
    intervalsByGroup_one: 'Intervals come from drawing groups, not single images ({{count, number}} group).',
    intervalsByGroup_other:
      'Intervals come from drawing groups, not single images ({{count, number}} groups).',
    collapsed:
      'It answers “{{name}}” for {{share, number}} % of the images: it has hardly learned anything else.',
    notBetterThanBaseline:
      'As far as these images can tell, it is no better than always answering the commonest class.',
  },
  curves: 'How it learned',
  report: 'Save a report',
  reportSaved: 'Report saved: {{name}}',
  openReport: 'Open it',
  use: 'Use this network',
  rename: 'Rename',
  remove: 'Remove this training',
  removeTitle: 'Remove “{{name}}”?',
  removeText: 'Its network and its results are deleted. Images and labels stay.',
  recipe: 'How it was made',
  time: '{{date}}, took {{time}}',
  reason: 'Reason: {{text}}',
};
