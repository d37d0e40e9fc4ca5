/**
 * Why a network of one's own is not taken, or is trained no deeper. Pages word each in every language, with values that go
 * by the names in braces; the first group stands for whatever of its kind has no reason of its own.
 */
export const refusalReasons = [
  'NOT_ONNX',
  'UNSUPPORTED_OPSET',
  'UNSUPPORTED_OPERATOR',
  'UNSUPPORTED_ATTRIBUTE',
  'UNSUPPORTED_TYPE',
  'NOT_DIFFERENTIABLE',
  'SHAPE_MISMATCH',
  'UNKNOWN_SHAPE',
  'UNKNOWN_VALUE',
  'INVALID_GRAPH',
  'INVALID_CARD',
  'INVALID_STATE',
  'EXECUTION_FAILED',
  'WEIGHTS_MISMATCH',
  // The file: {opset} {oldest} {newest}, {domain} {operator}, {attribute}, {value} {type}, {value} {file}, {value}.
  'opset',
  'foreignOperator',
  'controlFlow',
  'elementType',
  'separateWeights',
  'missingValue',
  // Single operators: {operator}; what an attention does besides: {what}; a window {reach} on {length} pixels.
  'unknownOperator',
  'trainingMode',
  'olderGroupNormalization',
  'attentionForm',
  'windowTooLarge',
  // Inputs and outputs: {count}, {input} {form}, {value}, {outputs}, {value}, {height} {width} {asked}.
  'inputCount',
  'inputForm',
  'featuresShape',
  'noRow',
  'noFeatures',
  'noWeights',
  'onlySize',
  'oneByOne',
  // The scaling: {known}, {scaling} {known}, {wanted} {order} {difference} {fits} {fitsOrder}, {fits}, {nearer} {nearerOrder}, {agreeing} {images}.
  'scalingNeeded',
  'scalingUnknown',
  'scalingDiffers',
  'scalingNone',
  'scalingsFit',
  'scalingNearer',
  'topAnswersDiffer',
  // The reference: {what} {rows} {images}, {numbers} {expected}, {height} {width} {ownHeight} {ownWidth}, {file}.
  'referenceImages',
  'referenceColours',
  'referenceRows',
  'referenceAnswers',
  'referenceLength',
  'referenceSize',
  'referenceNoClassifier',
  'referenceFolder',
  'referenceNames',
  'referenceImageSize',
  'referenceFile',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
