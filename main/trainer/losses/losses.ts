import type { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { binaryLoss, distillation, hardLoss } from './classification.ts';
import { type LossInputs, type SampleLosses, sumOver } from './reductions.ts';
import type { LossSpec } from './types.ts';
import { diceLoss, valueLoss } from './values.ts';

/** A loss in a graph. */
export interface Loss {
  /** Scalar value: what is minimised. */
  readonly value: string;
  /** Scalar value: what the batch counts in a mean over several batches; never 0. */
  readonly share: string;
}

/** Keeps a batch without any weight (padding only, or classes of weight 0) from dividing by zero: its loss is 0. */
const LEAST_SHARE = 1e-12;

/**
 * Writes a loss into a graph: the mean over samples weighted by `sampleWeight`, so that padding (weight 0) counts for
 * nothing. With all weights 1 it is torch's `mean` reduction of the same loss.
 * SHAPE_MISMATCH where class weights, masks or boxes do not fit; INVALID_GRAPH for distillation without a teacher.
 */
export function buildLoss(builder: GraphBuilder, inputs: LossInputs, spec: LossSpec): Loss {
  const { values, share } = samplesOf(builder, inputs, spec);
  const shares = builder.op('Max', [sumOver(builder, share, [0]), builder.scalar(LEAST_SHARE)]);
  const sum = sumOver(builder, builder.op('Mul', [values, inputs.sampleWeight]), [0]);
  return { value: builder.op('Div', [sum, shares]), share: shares };
}

function samplesOf(builder: GraphBuilder, inputs: LossInputs, spec: LossSpec): SampleLosses {
  switch (spec.kind) {
    case 'cross-entropy':
    case 'focal':
      return hardLoss(builder, inputs, spec);
    case 'binary-cross-entropy':
    case 'binary-focal':
      return binaryLoss(builder, inputs, spec);
    case 'dice':
      return diceLoss(builder, inputs, spec);
    case 'distillation': {
      const { teacher } = inputs;
      if (teacher === undefined)
        throw new NetworkError('INVALID_GRAPH', 'Distillation needs the answers of a teacher.');
      return distillation(builder, { ...inputs, teacher }, spec);
    }
    default:
      return valueLoss(builder, inputs, spec);
  }
}
