import { attributes, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { type LossInputs, meanSamples, perClass, type SampleLosses, sumSamples } from './reductions.ts';
import type { BinaryLossSpec, DistillationSpec, HardLossSpec } from './types.ts';

/**
 * Cross-entropy −Σ_c w_c·t_c·log p_c over soft targets t, smoothed as t·(1 − s) + s/C (Szegedy et al. 2016), as
 * torch.nn.functional.cross_entropy: class weights also weigh the samples in the mean, by the weight of the true class.
 * Focal: −Σ_c w_c·t_c·(1 − p_c)^γ·log p_c (Lin et al. 2017, in its form for exclusive classes); class weights do not
 * weigh the samples, so that γ = 0 with weights differs from cross-entropy by that divisor.
 */
export function hardLoss(
  builder: GraphBuilder,
  { logits, target, sampleWeight }: LossInputs,
  spec: HardLossSpec,
): SampleLosses {
  const classes = builder.dims(logits)[1]!;
  const weights = perClass(builder, spec.classWeights, classes);
  const smoothed = smooth(builder, target, spec.labelSmoothing ?? 0, classes);
  const logProbabilities = builder.op('LogSoftmax', [logits], { attributes: attributes({ axis: int(1) }) });
  let weighted = weights ? builder.op('Mul', [smoothed, weights]) : smoothed;
  if (spec.kind === 'focal' && spec.gamma > 0) {
    const missing = builder.op('Sub', [
      builder.scalar(1 + LEAST_MISSING),
      builder.op('Exp', [logProbabilities]),
    ]);
    weighted = builder.op('Mul', [weighted, builder.op('Pow', [missing, builder.scalar(spec.gamma)])]);
  }
  const values = builder.op('Neg', [sumSamples(builder, builder.op('Mul', [weighted, logProbabilities]))]);
  const share =
    weights && spec.kind === 'cross-entropy'
      ? builder.op('Mul', [sampleWeight, sumSamples(builder, builder.op('Mul', [target, weights]))])
      : sampleWeight;
  return { values, share };
}

/** Keeps the slope of (1 − p)^γ finite for γ < 1 where p rounds to 1; smaller than float32's step there. */
const LEAST_MISSING = 1e-7;
/** The same for probabilities that underflow to 0; its power stays in float32's range for any γ ≥ 0. */
const LEAST_PROBABILITY = 1e-30;

function smooth(builder: GraphBuilder, target: string, amount: number, classes: number): string {
  if (amount === 0) return target;
  const kept = builder.op('Mul', [target, builder.scalar(1 - amount)]);
  return builder.op('Add', [kept, builder.scalar(amount / classes)]);
}

/**
 * Binary cross-entropy for every class, t·v·softplus(−z) + (1 − t)·softplus(z) with v the positive weight, mean over
 * classes, as torch.nn.functional.binary_cross_entropy_with_logits. Focal: each term times the power γ of the
 * probability that is missing, σ(−z) and σ(z), and times α and 1 − α (Lin et al. 2017; torchvision.ops.sigmoid_focal_loss).
 */
export function binaryLoss(
  builder: GraphBuilder,
  { logits, target, sampleWeight }: LossInputs,
  spec: BinaryLossSpec,
): SampleLosses {
  const classes = builder.dims(logits)[1]!;
  const weights = perClass(
    builder,
    spec.kind === 'binary-cross-entropy' ? spec.classWeights : undefined,
    classes,
  );
  const positive = perClass(builder, spec.positiveWeights, classes);
  const negated = builder.op('Neg', [logits]);
  let missed = builder.op('Mul', [target, builder.op('Softplus', [negated])]);
  let falsely = builder.op('Mul', [
    builder.op('Sub', [builder.scalar(1), target]),
    builder.op('Softplus', [logits]),
  ]);
  if (spec.kind === 'binary-focal') {
    const { alpha } = spec;
    missed = focused(builder, missed, negated, spec.gamma, alpha);
    falsely = focused(builder, falsely, logits, spec.gamma, alpha === undefined ? undefined : 1 - alpha);
  }
  const sum = builder.op('Add', [positive ? builder.op('Mul', [missed, positive]) : missed, falsely]);
  const values = meanSamples(builder, weights ? builder.op('Mul', [sum, weights]) : sum);
  return { values, share: sampleWeight };
}

/** A term times σ(z)^γ and a factor. */
function focused(
  builder: GraphBuilder,
  term: string,
  z: string,
  gamma: number,
  factor: number | undefined,
): string {
  const scaled = factor === undefined ? term : builder.op('Mul', [term, builder.scalar(factor)]);
  if (gamma === 0) return scaled;
  const wrong = builder.op('Add', [builder.op('Sigmoid', [z]), builder.scalar(LEAST_PROBABILITY)]);
  return builder.op('Mul', [scaled, builder.op('Pow', [wrong, builder.scalar(gamma)])]);
}

/**
 * Knowledge distillation: (1 − λ)·hard + λ·T²·KL(softmax(teacher ÷ T) ‖ softmax(logits ÷ T)), T² so that the
 * gradients of both parts keep their proportion at any temperature (Hinton, Vinyals & Dean 2015).
 */
export function distillation(
  builder: GraphBuilder,
  inputs: LossInputs & { readonly teacher: string },
  { temperature, share, hard }: DistillationSpec,
): SampleLosses {
  const softened = (value: string) =>
    builder.op('LogSoftmax', [builder.op('Mul', [value, builder.scalar(1 / temperature)])], {
      attributes: attributes({ axis: int(1) }),
    });
  const [student, teacher] = [softened(inputs.logits), softened(inputs.teacher)];
  const difference = builder.op('Sub', [teacher, student]);
  const divergence = sumSamples(builder, builder.op('Mul', [builder.op('Exp', [teacher]), difference]));
  const labels = hardLoss(builder, inputs, hard);
  const values = builder.op('Add', [
    builder.op('Mul', [labels.values, builder.scalar(1 - share)]),
    builder.op('Mul', [divergence, builder.scalar(share * temperature ** 2)]),
  ]);
  return { values, share: labels.share };
}
