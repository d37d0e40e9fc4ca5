import { attributes, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { floatTensor } from '../graph/tensor.ts';

/** Values a loss reads: the network's output and targets of the same shape, and a weight per sample [batch]. */
export interface LossInputs {
  /** Logits; for the losses of values and boxes the numbers themselves. */
  readonly logits: string;
  readonly target: string;
  readonly sampleWeight: string;
  /** Logits of the network to learn from; distillation only. */
  readonly teacher?: string;
}

/** A loss before its mean: its value for each sample and what each sample counts in the mean, both [batch]. */
export interface SampleLosses {
  readonly values: string;
  readonly share: string;
}

/** Sums over the given axes, which disappear. */
export function sumOver(builder: GraphBuilder, value: string, axes: readonly number[]): string {
  return builder.op('ReduceSum', [value, builder.ints(axes)], {
    attributes: attributes({ keepdims: int(0) }),
  });
}

/** Sums over every axis but the first: one number a sample. */
export function sumSamples(builder: GraphBuilder, value: string): string {
  const rank = builder.dims(value).length;
  return sumOver(
    builder,
    value,
    Array.from({ length: rank - 1 }, (_, axis) => axis + 1),
  );
}

/** Means over every axis but the first. */
export function meanSamples(builder: GraphBuilder, value: string): string {
  const count = builder
    .dims(value)
    .slice(1)
    .reduce((product, dim) => product * dim, 1);
  return builder.op('Mul', [sumSamples(builder, value), builder.scalar(1 / count)]);
}

/** One factor a class as a constant [1, classes]; undefined where there are none. SHAPE_MISMATCH for another number of classes. */
export function perClass(
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
