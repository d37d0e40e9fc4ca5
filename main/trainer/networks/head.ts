import { createRandom, type Random } from '../../../shared/domain/random.ts';
import { attributes, int } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { FloatTensor } from '../graph/types.ts';
import { FEATURES } from './features.ts';
import type { DropoutMask, Network } from './types.ts';

/** Name of the output every trainable network has. */
export const LOGITS = 'enxerto.logits';

/** A classifier on features. */
export interface HeadOptions {
  readonly features: number;
  readonly classes: number;
  /** Probability with which a feature is left out of a step, 0 to below 1. */
  readonly dropout: number;
  /** Width of a hidden ReLU layer; none when absent. */
  readonly hidden?: number;
  /** Mean and deviation per feature over the training images: features are standardised first. */
  readonly standardise?: { readonly mean: Float32Array; readonly deviation: Float32Array };
  readonly seed: number;
}

/** Dropout and a linear layer, optionally after a hidden layer; input `enxerto.features`, parameters `head.*`. */
export function classifierHead(options: HeadOptions): Network {
  const { features, classes, dropout, hidden, standardise, seed } = options;
  const random = createRandom(seed);
  const builder = new GraphBuilder();
  const masks: DropoutMask[] = [];
  let value = builder.input(FEATURES, { dtype: 'float32', dims: ['N', features] });
  if (standardise) value = standardised(builder, value, standardise, features);
  if (hidden !== undefined) {
    value = builder.op('Relu', [linear(builder, value, 'head.hidden', features, hidden, random)], {
      name: 'head.hidden.relu',
    });
  }
  const width = hidden ?? features;
  value = applyDropout(builder, value, { input: 'head.mask', rate: dropout, dims: ['N', width] }, masks);
  const logits = builder.alias(linear(builder, value, 'head.linear', width, classes, random), LOGITS);
  const parameters = [...(hidden === undefined ? [] : ['head.hidden']), 'head.linear'].flatMap((name) => [
    `${name}.weight`,
    `${name}.bias`,
  ]);
  return { graph: builder.finish('head', [logits]), inputs: [FEATURES], logits, masks, parameters };
}

/** Multiplies by a mask that the caller draws; no node where nothing is dropped. */
export function applyDropout(
  builder: GraphBuilder,
  value: string,
  mask: DropoutMask,
  masks: DropoutMask[],
): string {
  if (mask.rate < 0 || mask.rate >= 1) {
    throw new NetworkError(
      'UNSUPPORTED_ATTRIBUTE',
      `A dropout of ${mask.rate} is not a share between 0 and 1.`,
    );
  }
  if (mask.rate === 0) return value;
  masks.push(mask);
  return builder.op('Mul', [value, builder.input(mask.input, { dtype: 'float32', dims: mask.dims })], {
    name: `${mask.input}/apply`,
  });
}

/** A linear layer with torch's scale of initial weights (deviation 1/√inputs) and zero bias. */
export function linear(
  builder: GraphBuilder,
  x: string,
  name: string,
  inputs: number,
  outputs: number,
  random: Random,
): string {
  const weight = builder.initializer(
    `${name}.weight`,
    randomWeights([outputs, inputs], Math.sqrt(1 / inputs), random),
  );
  const bias = builder.initializer(`${name}.bias`, floatTensor([outputs], new Float32Array(outputs)));
  return builder.op('Gemm', [x, weight, bias], { name, attributes: attributes({ transB: int(1) }) });
}

/** Normally distributed weights of a given deviation. */
export function randomWeights(dims: readonly number[], deviation: number, random: Random): FloatTensor {
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.normal() * deviation),
  );
}

function standardised(
  builder: GraphBuilder,
  x: string,
  { mean, deviation }: { readonly mean: Float32Array; readonly deviation: Float32Array },
  features: number,
): string {
  if (mean.length !== features || deviation.length !== features) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `There are ${features} features but statistics of ${mean.length}.`,
    );
  }
  const centred = builder.op('Sub', [
    x,
    builder.constant(floatTensor([1, features], mean), 'standardise.mean'),
  ]);
  // A feature that never varies carries nothing; dividing by its zero deviation would make it infinite.
  const safe = deviation.map((value) => (value > 1e-6 ? value : 1));
  return builder.op('Div', [
    centred,
    builder.constant(floatTensor([1, features], safe), 'standardise.deviation'),
  ]);
}
