import { createRandom } from '../../../shared/domain/random.ts';

/** Random sign patterns that are tried: the p-value is known to about a hundredth of itself at the usual levels. */
const PATTERNS = 9999;

/**
 * One-sided p-value of the hypothesis that paired differences are as likely negative as positive, against a positive mean:
 * the share of random sign patterns with a sum at least as large, the observed one among them (sign-flip permutation
 * test). `differences`: one a pair, in any order that does not depend on them; same seed, same answer.
 */
export function signFlipTest(differences: readonly number[], seed: number): number {
  const random = createRandom(seed);
  const observed = differences.reduce((sum, value) => sum + value, 0);
  // Sums of the same numbers in another order differ in their last bits: those count as equal.
  const tolerance = 1e-12 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  let atLeast = 1;
  for (let pattern = 0; pattern < PATTERNS; pattern++) {
    let sum = 0;
    let bits = 0;
    for (const [index, value] of differences.entries()) {
      if (index % 32 === 0) bits = random.uint32();
      sum += (bits >>> (index % 32)) & 1 ? value : -value;
    }
    if (sum >= observed - tolerance) atLeast++;
  }
  return atLeast / (PATTERNS + 1);
}
