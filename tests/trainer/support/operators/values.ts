import { elementCount, floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { FloatTensor } from '../../../../main/trainer/graph/types.ts';
import type { Random } from '../../../../shared/domain/random.ts';
import type { OperatorCase, Values } from './case.ts';

/**
 * Odd multiples of 1/16. The cases' kinks (zero, the bounds of a Clip) are multiples of 1/8, so every point is at least
 * 1/16 away from one; 'distinct' values, of all inputs together, are at least 1/8 apart.
 */
const draws: Readonly<Record<Values, (random: Random, count: number) => readonly number[]>> = {
  any: (random, count) => Array.from({ length: count }, () => (random.below(24) - 12) / 8 + 1 / 16),
  positive: (random, count) => Array.from({ length: count }, () => (random.below(12) + 4) / 8 + 1 / 16),
  distinct: (random, count) =>
    random.shuffle(Array.from({ length: count }, (_, at) => (at - Math.floor(count / 2)) / 8 + 1 / 16)),
};

/** A point at which a case is differentiated, away from every kink. */
export function drawInputs(
  one: OperatorCase,
  names: readonly string[],
  random: Random,
): ReadonlyMap<string, FloatTensor> {
  const counts = one.inputs.map(elementCount);
  const values = draws[one.values](
    random,
    counts.reduce((sum, count) => sum + count, 0),
  );
  let start = 0;
  return new Map(
    one.inputs.map((dims, index) => {
      const part = values.slice(start, start + counts[index]!);
      start += counts[index]!;
      return [names[index]!, floatTensor(dims, part)] as const;
    }),
  );
}
