import { attributes, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { LossSpec } from './types.ts';

/** Values a loss reads: logits and targets [batch, classes], and a weight per sample [batch]. */
export interface LossInputs {
  readonly logits: string;
  readonly target: string;
  readonly sampleWeight: string;
}

/**
 * Writes a loss into a graph and returns its scalar value: the mean over samples weighted by `sampleWeight`,
 * so that padding (weight 0) counts for nothing. With all weights 1 it is torch's `mean` reduction of the same loss.
 * SHAPE_MISMATCH where class weights do not fit the number of classes.
 */
export function buildLoss(builder: GraphBuilder, inputs: LossInputs, spec: LossSpec): string {
  return spec.kind === 'cross-entropy'
    ? crossEntropy(builder, inputs, spec)
    : binaryCrossEntropy(builder, inputs, spec);
}

function crossEntropy(
  builder: GraphBuilder,
  { logits, target, sampleWeight }: LossInputs,
  { labelSmoothing = 0, classWeights }: Extract<LossSpec, { kind: 'cross-entropy' }>,
): string {
  const classes = builder.dims(logits)[1]!;
  const weights = perClass(builder, classWeights, classes);
  const smoothed =
    labelSmoothing === 0
      ? target
      : builder.op('Add', [
          builder.op('Mul', [target, builder.scalar(1 - labelSmoothing)]),
          builder.scalar(labelSmoothing / classes),
        ]);
  const logProbabilities = builder.op('LogSoftmax', [logits], { attributes: attributes({ axis: int(1) }) });
  const weighted = weights ? builder.op('Mul', [smoothed, weights]) : smoothed;
  const perSample = sumClasses(builder, builder.op('Mul', [weighted, logProbabilities]));
  // As in torch, class weights also weigh the samples in the mean: by the weight of the true class.
  const share = weights
    ? builder.op('Mul', [sampleWeight, sumClasses(builder, builder.op('Mul', [target, weights]))])
    : sampleWeight;
  return builder.op('Neg', [weightedMean(builder, perSample, sampleWeight, share)]);
}

function binaryCrossEntropy(
  builder: GraphBuilder,
  { logits, target, sampleWeight }: LossInputs,
  { classWeights, positiveWeights }: Extract<LossSpec, { kind: 'binary-cross-entropy' }>,
): string {
  const classes = builder.dims(logits)[1]!;
  const weights = perClass(builder, classWeights, classes);
  const positive = perClass(builder, positiveWeights, classes);
  const missed = builder.op('Mul', [target, builder.op('Softplus', [builder.op('Neg', [logits])])]);
  const falsely = builder.op('Mul', [
    builder.op('Sub', [builder.scalar(1), target]),
    builder.op('Softplus', [logits]),
  ]);
  const sum = builder.op('Add', [positive ? builder.op('Mul', [missed, positive]) : missed, falsely]);
  const perSample = sumClasses(builder, weights ? builder.op('Mul', [sum, weights]) : sum);
  const mean = builder.op('Mul', [perSample, builder.scalar(1 / classes)]);
  return weightedMean(builder, mean, sampleWeight, sampleWeight);
}

function perClass(
  builder: GraphBuilder,
  factors: readonly number[] | undefined,
  classes: number,
): string | undefined {
  if (factors === undefined) return undefined;
  if (factors.length !== classes) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `There are ${classes} classes but ${factors.length} class weights.`,
    );
  }
  return builder.constant(floatTensor([1, classes], factors), 'class-weights');
}

function sumClasses(builder: GraphBuilder, value: string): string {
  return builder.op('ReduceSum', [value, builder.ints([1])], {
    attributes: attributes({ keepdims: int(0) }),
  });
}

/** Keeps a batch without any weight (padding only, or classes of weight 0) from dividing by zero: its loss is 0. */
const LEAST_SHARE = 1e-12;

/** Σ wᵢ·lossᵢ ÷ Σ shareᵢ. */
function weightedMean(builder: GraphBuilder, perSample: string, weight: string, share: string): string {
  const sum = (value: string) =>
    builder.op('ReduceSum', [value, builder.ints([0])], { attributes: attributes({ keepdims: int(0) }) });
  const shares = builder.op('Max', [sum(share), builder.scalar(LEAST_SHARE)]);
  return builder.op('Div', [sum(builder.op('Mul', [perSample, weight])), shares]);
}
